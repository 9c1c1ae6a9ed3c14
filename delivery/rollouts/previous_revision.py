"""Which revision a service ran well before the one that it runs."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from delivery.aws.clients import Aws, code_of
from delivery.aws.pages import pages
from delivery.rollouts.codedeploy_watch import target_of
from delivery.rollouts.ecs_watch import revision_task_definition
from delivery.shared.errors import InputError
from delivery.shared.outputs import ServiceOutput, family_of, revision_of, short


def previous(aws: Aws, cluster: str, output: ServiceOutput, running: str) -> str:
    """The newest earlier revision that a deployment brought successfully and that is still active;
    without such a record the next lower active one.

    Errors: InputError where there is none.
    """
    active = _active(aws, output.family)
    brought = _by_code_deploy(aws, output) if output.rollout == "codedeploy" else None
    for arn in brought if brought is not None else _by_ecs(aws, cluster, output.service_name):
        if arn != running and arn in active and family_of(arn) == output.family:
            return arn
    lower = [arn for arn in active if revision_of(arn) < revision_of(running)]
    if not lower:
        raise InputError(
            f"{output.service_name}: there is no active revision before {short(running)}. "
            "Deploy a fix, or go back by `rollback --digests`."
        )
    return max(lower, key=revision_of)


def _active(aws: Aws, family: str) -> list[str]:
    found = pages(
        aws.ecs.list_task_definitions, "taskDefinitionArns", familyPrefix=family, status="ACTIVE"
    )
    return [arn for arn in found if family_of(arn) == family]


def _by_ecs(aws: Aws, cluster: str, service: str) -> Iterator[str]:
    briefs = pages(
        aws.ecs.list_service_deployments,
        "serviceDeployments",
        cluster=cluster,
        service=service,
        status=["SUCCESSFUL"],
    )
    for brief in sorted(briefs, key=lambda d: d["createdAt"], reverse=True):
        yield revision_task_definition(aws, brief["targetServiceRevisionArn"])


def _by_code_deploy(aws: Aws, output: ServiceOutput) -> Iterator[str]:
    """CodeDeploy lists its newest deployment first."""
    found = pages(
        aws.codedeploy.list_deployments,
        "deployments",
        applicationName=output.code_deploy_application,
        deploymentGroupName=output.code_deploy_deployment_group,
        includeOnlyStatuses=["Succeeded"],
    )
    for deployment in found:
        try:
            info = aws.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]
        except ClientError as error:
            if code_of(error) != "DeploymentDoesNotExistException":
                raise
            continue
        yield target_of(info)
