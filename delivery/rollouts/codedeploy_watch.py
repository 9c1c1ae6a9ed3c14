"""A rollout by CodeDeploy: the pipeline creates the deployment that the stack describes."""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast

from botocore.exceptions import ClientError

from delivery.aws.clients import Aws, code_of
from delivery.aws.codedeploy import DeploymentInfo
from delivery.aws.ecs import TaskSet
from delivery.aws.pages import pages
from delivery.rollouts.ecs_watch import ServiceEvents, described_service
from delivery.rollouts.follow import Result
from delivery.rollouts.task_failures import TaskFailures, described, list_tasks
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import ServiceOutput, short

OPEN = ("Created", "Queued", "InProgress", "Baking", "Ready")
DESCRIPTION = "plataforma: "


class CodeDeployWatch:
    """Follows one CodeDeploy deployment, and the rollback that may follow it; well only if the
    primary task set is of the `wanted` task definition and every task with it. Where `deployment`
    is None, that has to be so already."""

    def __init__(
        self,
        aws: Aws,
        console: Console,
        cluster: str,
        service: str,
        output: ServiceOutput,
        wanted: str,
        deployment: str | None,
    ) -> None:
        self.service = service
        self._aws, self._console, self._cluster = aws, console, cluster
        self._output, self._wanted, self._deployment = output, wanted, deployment
        self._failures = TaskFailures(aws, cluster, output.service_name, wanted)
        self._events = ServiceEvents()
        self._standing = "nothing seen yet"
        self._failure = ""
        self._lifecycle: set[tuple[str, str]] = set()

    def standing(self) -> str:
        return self._standing

    def poll(self) -> Result | None:
        if self._deployment is None:
            return self._verified()
        info = self._aws.codedeploy.get_deployment(deploymentId=self._deployment)["deploymentInfo"]
        self._tell(info)
        status = info["status"]
        if status in OPEN:
            return None
        if self._failure:
            return self._failed(f"{self._failure}; its rollback {self._deployment}: {status}")
        if status == "Succeeded":
            return self._verified()
        return self._after_failure(info)

    def _after_failure(self, info: DeploymentInfo) -> Result | None:
        """A deployment that failed is followed by its rollback, which is one of its own."""
        error = info.get("errorInformation", {})
        said = f": {error.get('message', '')} ({error.get('code', '')})" if error else ""
        failure = f"deployment {self._deployment} {info['status']}{said}"
        back = info.get("rollbackInfo", {}).get("rollbackDeploymentId")
        if not back:
            return self._failed(failure)
        self._failure, self._deployment = failure, back
        self._console.line(f"{self.service}: {failure}; CodeDeploy rolls back by {back}")
        return None

    def _failed(self, what: str) -> Result:
        runs = short(running_task_set(self._aws, self._cluster, self._output.service_name))
        words = f"{self.service}: {what}. Asked for {short(self._wanted)}, runs {runs}."
        return Result(self.service, False, words)

    def _verified(self) -> Result | None:
        name = self._output.service_name
        runs = running_task_set(self._aws, self._cluster, name)
        if runs != self._wanted:
            return self._failed("CodeDeploy calls the deployment a success")
        arns = list_tasks(self._aws, self._cluster, name, "RUNNING")
        others = [
            task
            for task in described(self._aws, self._cluster, arns)
            if task.get("taskDefinitionArn") != self._wanted
        ]
        if others:
            self._standing = f"{len(others)} tasks of an earlier revision still run"
            return None
        words = f"{self.service}: runs {short(self._wanted)}, as asked, by CodeDeploy"
        return Result(self.service, True, words)

    def _tell(self, info: DeploymentInfo) -> None:
        service = described_service(self._aws, self._cluster, self._output.service_name)
        since = cast(Any, info).get("createTime")
        for line in [*self._events.new(service, since), *self._failures.new()]:
            self._console.line(f"{self.service}: {line}")
        standing = f"CodeDeploy {self._deployment} {info['status']}"
        if standing != self._standing:
            self._console.line(f"{self.service}: {standing}")
        self._standing = standing
        self._tell_lifecycle()

    def _tell_lifecycle(self) -> None:
        """What CodeDeploy is at: BeforeInstall, Install, AllowTestTraffic, AllowTraffic, ..."""
        assert self._deployment is not None
        call = self._aws.codedeploy.list_deployment_targets
        targets = list(pages(call, "targetIds", deploymentId=self._deployment))
        if not targets:
            return
        answer = self._aws.codedeploy.batch_get_deployment_targets(
            deploymentId=self._deployment, targetIds=targets
        )
        for target in answer.get("deploymentTargets", ()):
            for event in (target.get("ecsTarget") or {}).get("lifecycleEvents", ()):
                key = (event.get("lifecycleEventName", ""), event.get("status", ""))
                if key not in self._lifecycle and key[1] not in ("Pending", "Unknown"):
                    self._lifecycle.add(key)
                    self._console.line(f"{self.service}: {key[0]} {key[1]}")


def running_task_set(aws: Aws, cluster: str, name: str) -> str:
    """The task definition of the primary task set of a service that CodeDeploy deploys."""
    service = described_service(aws, cluster, name)
    sets: list[TaskSet] = [s for s in service.get("taskSets", ()) if s.get("status") == "PRIMARY"]
    return sets[0].get("taskDefinition", "") if sets else service.get("taskDefinition", "")


def open_deployment(aws: Aws, output: ServiceOutput) -> DeploymentInfo | None:
    """The deployment that CodeDeploy is at for this service, if any."""
    found = pages(
        aws.codedeploy.list_deployments,
        "deployments",
        applicationName=output.code_deploy_application,
        deploymentGroupName=output.code_deploy_deployment_group,
        includeOnlyStatuses=list(OPEN),
    )
    newest = next(found, None)
    if newest is None:
        return None
    info = aws.codedeploy.get_deployment(deploymentId=newest)["deploymentInfo"]
    return {**info, "deploymentId": newest}


def target_of(info: DeploymentInfo) -> str:
    """The task definition that a deployment brings: from its AppSpec, else from the description
    that this package gives; empty where neither says."""
    revision = info.get("revision", {})
    content = (revision.get("appSpecContent") or revision.get("string") or {}).get("content", "")
    try:
        resources = json.loads(content)["Resources"]
        return str(resources[0]["TargetService"]["Properties"]["TaskDefinition"])
    except (json.JSONDecodeError, LookupError, TypeError):
        return info.get("description", "").partition(DESCRIPTION)[2]


def app_spec_for(output: ServiceOutput, wanted: str) -> str:
    """The stack's AppSpec, with another revision of the same family in it where it is wanted."""
    spec = json.loads(output.app_spec or "{}")
    try:
        spec["Resources"][0]["TargetService"]["Properties"]["TaskDefinition"] = wanted
    except (LookupError, TypeError):
        raise DeliveryError(
            f"{output.service_name}: the output appSpec is no AppSpec of an ECS service. Run "
            "`pulumi up` and read the outputs again."
        ) from None
    return json.dumps(spec)


def create(aws: Aws, output: ServiceOutput, wanted: str) -> str:
    """Creates the deployment to `wanted`; gives its id. Registers nothing.

    Errors: DeliveryError where one is under way already.
    """
    content = app_spec_for(output, wanted)
    digest = hashlib.sha256(content.encode()).hexdigest()
    assert output.code_deploy_application is not None
    assert output.code_deploy_deployment_group is not None
    try:
        made = aws.codedeploy.create_deployment(
            applicationName=output.code_deploy_application,
            deploymentGroupName=output.code_deploy_deployment_group,
            revision={
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": content, "sha256": digest},
            },
            description=f"{DESCRIPTION}{wanted}",
        )
    except ClientError as error:
        if code_of(error) == "DeploymentLimitExceededException":
            raise DeliveryError(
                f"{output.service_name}: CodeDeploy is at another deployment of "
                f"{output.code_deploy_deployment_group}. Wait for its end or stop it, then rerun."
            ) from None
        raise
    return made["deploymentId"]
