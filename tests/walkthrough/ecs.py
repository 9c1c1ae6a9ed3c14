"""ECS's and CloudWatch Logs' APIs as the delivery commands call them, with the data of cloud.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.walkthrough.cloud import ARN, Answer, Asked, Cloud, UnknownError


def answer(cloud: Cloud, action: str, asked: Asked) -> Answer:
    """Errors: UnknownError."""
    if action not in ACTIONS:
        raise UnknownError("UnknownOperationException", f"ecs.py has no {action}")
    cloud.look()
    return ACTIONS[action](cloud, asked)


def _describe_services(cloud: Cloud, asked: Asked) -> Answer:
    found = (cloud.service({**asked, "service": name}) for name in asked["services"])
    return {"services": [service.shown() for service in found], "failures": []}


def _shown(deployment: dict[str, Any]) -> Answer:
    """The revision of a service is named by its task definition."""
    shown = {key: value for key, value in deployment.items() if key != "target"}
    revision = {"arn": deployment["target"]}
    return {
        **shown,
        "targetServiceRevision": revision,
        "targetServiceRevisionArn": deployment["target"],
    }


def _list_deployments(cloud: Cloud, asked: Asked) -> Answer:
    wanted = asked.get("status") or ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]
    deployments = cloud.service(asked).deployments
    return {"serviceDeployments": [_shown(d) for d in deployments if d["status"] in wanted]}


def _describe_deployments(cloud: Cloud, asked: Asked) -> Answer:
    every = (d for service in cloud.services.values() for d in service.deployments)
    wanted = asked["serviceDeploymentArns"]
    found = [_shown(d) for d in every if d["serviceDeploymentArn"] in wanted]
    return {"serviceDeployments": found, "failures": []}


def _describe_revisions(_: Cloud, asked: Asked) -> Answer:
    arns = asked["serviceRevisionArns"]
    found = [{"serviceRevisionArn": arn, "taskDefinition": arn} for arn in arns]
    return {"serviceRevisions": found, "failures": []}


def _list_tasks(cloud: Cloud, asked: Asked) -> Answer:
    if asked.get("desiredStatus") != "RUNNING" or "serviceName" not in asked:
        return {"taskArns": []}
    service = cloud.service(asked, "serviceName")
    return {"taskArns": [f"{ARN}:task/{service.cluster}/{service.name}"]}


def _describe_tasks(cloud: Cloud, asked: Asked) -> Answer:
    return {"tasks": [cloud.task(arn) for arn in asked["tasks"]], "failures": []}


def _run_task(cloud: Cloud, asked: Asked) -> Answer:
    cloud.definition(asked["taskDefinition"])
    arn = f"{ARN}:task/{asked['cluster']}/run-{len(cloud.migrations) + 1}"
    cloud.migrations[arn] = asked["taskDefinition"]
    return {"tasks": [cloud.task(arn)], "failures": []}


def _list_definitions(cloud: Cloud, asked: Asked) -> Answer:
    found = [a for a, d in cloud.definitions.items() if d["family"] == asked["familyPrefix"]]
    return {"taskDefinitionArns": found}


def _describe_definition(cloud: Cloud, asked: Asked) -> Answer:
    return {"taskDefinition": cloud.definition(asked["taskDefinition"])}


def _update_service(cloud: Cloud, asked: Asked) -> Answer:
    service = cloud.service(asked)
    service.tasks = asked.get("desiredCount", service.tasks)
    if "taskDefinition" in asked:
        cloud.definition(asked["taskDefinition"])
        service.deploy(asked["taskDefinition"], well=service.name not in cloud.breaks)
    return {"service": service.shown()}


def _no_lines(_: Cloud, asked: Asked) -> Answer:
    raise UnknownError("ResourceNotFoundException", f"there is no {asked['logGroupName']}")


ACTIONS: dict[str, Callable[[Cloud, Asked], Answer]] = {
    "DescribeServices": _describe_services,
    "ListServiceDeployments": _list_deployments,
    "DescribeServiceDeployments": _describe_deployments,
    "DescribeServiceRevisions": _describe_revisions,
    "ListTasks": _list_tasks,
    "DescribeTasks": _describe_tasks,
    "RunTask": _run_task,
    "ListTaskDefinitions": _list_definitions,
    "DescribeTaskDefinition": _describe_definition,
    "UpdateService": _update_service,
    "GetLogEvents": _no_lines,
}
