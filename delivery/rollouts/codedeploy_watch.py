"""Watches a rollout by CodeDeploy. The pipeline creates its deployment from the stack's AppSpec."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from delivery.aws.clients import Aws, code_of
from delivery.rollouts.ecs_watch import ServiceEvents, describe_service
from delivery.rollouts.follow import Result, Watch
from delivery.rollouts.revision_tasks import RevisionTasks
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import ServiceOutput, short

if TYPE_CHECKING:
    from mypy_boto3_codedeploy.literals import DeploymentStatusType
    from mypy_boto3_codedeploy.type_defs import DeploymentInfoTypeDef

UNFINISHED: Sequence[DeploymentStatusType] = (
    "Created",
    "Queued",
    "InProgress",
    "Baking",
    "Ready",
)
DESCRIPTION = "plataforma: "


class CodeDeployWatch(Watch):
    """Watches one CodeDeploy deployment, and the rollback that may follow it. It succeeds only if
    the primary task set and all tasks run the `target` task definition in the end. With
    `deployment` None, they have to run it already."""

    def __init__(
        self,
        aws: Aws,
        console: Console,
        cluster: str,
        service: str,
        output: ServiceOutput,
        target: str,
        deployment: str | None,
    ) -> None:
        self.service = service
        self._aws, self._console, self._cluster = aws, console, cluster
        self._output, self._target, self._deployment = output, target, deployment
        self._tasks = RevisionTasks(aws, console, cluster, service, output.service_name, target)
        self._events = ServiceEvents()
        self._status, self._printed = "no status yet", ""
        self._failure = ""
        self._lifecycle: set[tuple[str, str]] = set()

    def close(self) -> None:
        self._tasks.close()

    def status(self) -> str:
        return self._status

    def poll(self) -> Result | None:
        if self._deployment is None:
            return self._verified()
        info = self._aws.codedeploy.get_deployment(deploymentId=self._deployment)["deploymentInfo"]
        self._report(self._deployment, info)
        status = info.get("status")
        if status in UNFINISHED:
            return None
        if self._failure:
            return self._failed(f"{self._failure}; its rollback {self._deployment}: {status}")
        if status == "Succeeded":
            return self._verified()
        return self._after_failure(info)

    def _after_failure(self, info: DeploymentInfoTypeDef) -> Result | None:
        """The rollback of a failed deployment is a deployment of its own, watched next."""
        error = info.get("errorInformation")
        reason = f": {error.get('message', '')} ({error.get('code', '')})" if error else ""
        failure = f"deployment {self._deployment} {info.get('status')}{reason}"
        rollback = info.get("rollbackInfo", {}).get("rollbackDeploymentId")
        if not rollback:
            return self._failed(failure)
        self._failure, self._deployment = failure, rollback
        self._console.line(f"{self.service}: {failure}; CodeDeploy rolls back with {rollback}")
        return None

    def _failed(self, failure: str) -> Result:
        running = short(running_task_set(self._aws, self._cluster, self._output.service_name))
        message = f"{self.service}: {failure}. Expected {short(self._target)}, running {running}."
        return self._tasks.failed(message)

    def _verified(self) -> Result | None:
        name = self._output.service_name
        if running_task_set(self._aws, self._cluster, name) != self._target:
            return self._failed("CodeDeploy reports a successful deployment")
        service = describe_service(self._aws, self._cluster, name)
        ended = self._tasks.verified(service, service.get("runningCount", 0))
        self._status = self._tasks.status
        return ended

    def _report(self, deployment: str, info: DeploymentInfoTypeDef) -> None:
        """Prints new events, new failures of tasks, and the status if it has changed."""
        service = describe_service(self._aws, self._cluster, self._output.service_name)
        for line in self._events.new(service, info.get("createTime")):
            self._console.line(f"{self.service}: {line}")
        self._tasks.print_new_failures()
        status = f"CodeDeploy {deployment} {info.get('status')}"
        if status != self._printed:
            self._console.line(f"{self.service}: {status}")
        self._printed = self._status = status
        self._report_lifecycle(deployment)

    def _report_lifecycle(self, deployment: str) -> None:
        """Prints new lifecycle events: Install, AllowTestTraffic, AllowTraffic, ..."""
        pages = self._aws.codedeploy.get_paginator("list_deployment_targets").paginate(
            deploymentId=deployment
        )
        targets = [target for page in pages for target in page["targetIds"]]
        if not targets:
            return
        answer = self._aws.codedeploy.batch_get_deployment_targets(
            deploymentId=deployment, targetIds=targets
        )
        for target in answer["deploymentTargets"]:
            for event in target.get("ecsTarget", {}).get("lifecycleEvents", ()):
                key = (event.get("lifecycleEventName", ""), event.get("status", ""))
                if key not in self._lifecycle and key[1] not in ("Pending", "Unknown"):
                    self._lifecycle.add(key)
                    self._console.line(f"{self.service}: {key[0]} {key[1]}")


def running_task_set(aws: Aws, cluster: str, name: str) -> str:
    """The task definition of the primary task set of a service that CodeDeploy deploys."""
    service = describe_service(aws, cluster, name)
    primary = next(
        (s for s in service.get("taskSets", ()) if s.get("status") == "PRIMARY"), service
    )
    return primary.get("taskDefinition", "")


def list_deployments(
    aws: Aws, output: ServiceOutput, statuses: Sequence[DeploymentStatusType]
) -> Iterator[str]:
    """Ids of the service's deployments. CodeDeploy lists the newest first."""
    pages = aws.codedeploy.get_paginator("list_deployments").paginate(
        applicationName=output.code_deploy_application or "",
        deploymentGroupName=output.code_deploy_deployment_group or "",
        includeOnlyStatuses=statuses,
    )
    for page in pages:
        yield from page["deployments"]


def unfinished_deployment(aws: Aws, output: ServiceOutput) -> tuple[str, str] | None:
    """The id and the target of the service's deployment that has not ended, if there is one."""
    newest = next(list_deployments(aws, output, UNFINISHED), None)
    if newest is None:
        return None
    info = aws.codedeploy.get_deployment(deploymentId=newest)["deploymentInfo"]
    return newest, target_of(info)


def target_of(info: DeploymentInfoTypeDef) -> str:
    """The task definition that a deployment brings: from its AppSpec, else from the description
    that `create` writes; empty if neither names one."""
    revision = info.get("revision", {})
    content = (revision.get("appSpecContent") or revision.get("string") or {}).get("content", "")
    try:
        resources = json.loads(content)["Resources"]
        return str(resources[0]["TargetService"]["Properties"]["TaskDefinition"])
    except (json.JSONDecodeError, LookupError, TypeError):
        return info.get("description", "").partition(DESCRIPTION)[2]


def app_spec_for(output: ServiceOutput, target: str) -> str:
    """The stack's AppSpec with this task definition in it."""
    spec = json.loads(output.app_spec or "{}")
    try:
        spec["Resources"][0]["TargetService"]["Properties"]["TaskDefinition"] = target
    except (LookupError, TypeError):
        raise DeliveryError(
            f"{output.service_name}: the output appSpec is not an AppSpec of an ECS service. Run "
            "`pulumi up`, then write the outputs file again."
        ) from None
    return json.dumps(spec)


def create(aws: Aws, output: ServiceOutput, target: str) -> str:
    """Creates the deployment to `target`; returns its id.

    Errors: DeliveryError if another deployment is in progress.
    """
    content = app_spec_for(output, target)
    assert output.code_deploy_application is not None
    assert output.code_deploy_deployment_group is not None
    try:
        created = aws.codedeploy.create_deployment(
            applicationName=output.code_deploy_application,
            deploymentGroupName=output.code_deploy_deployment_group,
            revision={
                "revisionType": "AppSpecContent",
                "appSpecContent": {
                    "content": content,
                    "sha256": hashlib.sha256(content.encode()).hexdigest(),
                },
            },
            description=f"{DESCRIPTION}{target}",
        )
    except ClientError as error:
        if code_of(error) == "DeploymentLimitExceededException":
            raise DeliveryError(
                f"{output.service_name}: another CodeDeploy deployment of "
                f"{output.code_deploy_deployment_group} is in progress. Wait for it or stop it, "
                "then rerun."
            ) from None
        raise
    return created["deploymentId"]
