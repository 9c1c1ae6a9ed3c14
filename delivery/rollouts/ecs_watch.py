"""Watches a rollout that ECS does itself: rolling, blue/green, canary or linear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from delivery.aws.clients import Aws
from delivery.rollouts.follow import Result, Watch
from delivery.rollouts.revision_tasks import RevisionTasks
from delivery.shared.console import Console
from delivery.shared.errors import InputError
from delivery.shared.outputs import short

if TYPE_CHECKING:
    from mypy_boto3_ecs.literals import ServiceDeploymentStatusType
    from mypy_boto3_ecs.type_defs import (
        DeploymentTypeDef,
        ListServiceDeploymentsRequestTypeDef,
        ServiceDeploymentBriefTypeDef,
        ServiceDeploymentTypeDef,
        ServiceEventTypeDef,
        ServiceTypeDef,
    )

IN_PROGRESS = frozenset({"PENDING", "IN_PROGRESS"})
ROLLING_BACK = frozenset({"STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})
FAILED = {
    "STOPPED": "was stopped by hand",
    "ROLLBACK_SUCCESSFUL": "was ROLLED BACK",
    "ROLLBACK_FAILED": "FAILED, and so did its rollback",
}
NONE_ON_RECORD = "none"
"""In place of a service deployment's ARN."""


class EcsWatch(Watch):
    """Watches the newest deployment of one service. It succeeds only if all tasks run the `target`
    task definition (ARN) in the end; where the service has none, if a trial task does. `after` is
    the ARN of the newest deployment before the target was requested, or NONE_ON_RECORD: the watch
    waits until ECS lists a newer one."""

    def __init__(
        self,
        aws: Aws,
        console: Console,
        cluster: str,
        service: str,
        name: str,
        target: str,
        after: str = "",
    ) -> None:
        self.service = service
        self._aws, self._console = aws, console
        self._cluster, self._name, self._target = cluster, name, target
        self._after = after
        self._tasks = RevisionTasks(aws, console, cluster, service, name, target)
        self._events = ServiceEvents()
        self._targets: dict[str, str] = {}
        self._status, self._printed = "no status yet", ""
        self._seen_in_progress = False
        self._unconfirmed = ""

    def close(self) -> None:
        self._tasks.close()

    def status(self) -> str:
        return self._status

    def poll(self) -> Result | None:
        service = describe_service(self._aws, self._cluster, self._name)
        deployment = newest_deployment(self._aws, self._cluster, self._name)
        primary = primary_of(service)
        if (deployment or {}).get("serviceDeploymentArn", NONE_ON_RECORD) == self._after:
            self._status = "ECS has not started the deployment"
            return None
        self._report(service, deployment, primary)
        if deployment is None:
            return self._by_primary(service, primary)
        return self._by_deployment(service, primary, deployment)

    def _by_deployment(
        self,
        service: ServiceTypeDef,
        primary: DeploymentTypeDef,
        deployment: ServiceDeploymentTypeDef,
    ) -> Result | None:
        status, target = deployment.get("status", ""), self._target_of(deployment)
        to_target = target == self._target
        if primary.get("rolloutState") == "FAILED" and to_target:
            # Without an earlier revision to go back to, as in the first deployment, ECS starts no
            # more tasks and leaves the deployment as it is. Source: Amazon ECS Developer Guide,
            # "How the Amazon ECS deployment circuit breaker detects failures".
            return self._failed_if_confirmed(f"the deployment FAILED: {_state_reason(primary)}")
        if (status in IN_PROGRESS and to_target) or status in ROLLING_BACK:
            self._seen_in_progress = True
            return None
        if status in IN_PROGRESS:
            return self._failed_if_confirmed(
                f"another deployment is already running, to {short(target)}: "
                f"{deployment.get('serviceDeploymentArn')}. Wait for it or stop it, then rerun"
            )
        runs_target = primary.get("taskDefinition") == self._target
        if status in FAILED and (to_target or not runs_target):
            failure = f"the deployment {FAILED[status]}{_reason(deployment)}"
            return self._failed_if_confirmed(failure, primary)
        if not to_target and not runs_target:
            return self._failed_if_confirmed(
                "there is no deployment to the expected revision", primary
            )
        return self._verified(service, primary)

    def _by_primary(self, service: ServiceTypeDef, primary: DeploymentTypeDef) -> Result | None:
        """For a service without service deployments on record."""
        if primary.get("taskDefinition") != self._target:
            return self._failed_if_confirmed(
                "there is no deployment to the expected revision", primary
            )
        state = primary.get("rolloutState")
        if state == "FAILED":
            failure = f"the deployment FAILED: {_state_reason(primary)}"
            return self._failed_if_confirmed(failure, primary)
        if state != "COMPLETED":
            self._seen_in_progress = True
            return None
        return self._verified(service, primary)

    def _verified(self, service: ServiceTypeDef, primary: DeploymentTypeDef) -> Result | None:
        """ECS reports success."""
        if primary.get("taskDefinition") != self._target:
            return self._failed_if_confirmed("ECS reports a successful deployment", primary)
        ended = self._tasks.verified(service, primary.get("runningCount", 0))
        self._status = self._tasks.status
        return ended

    def _failed_if_confirmed(
        self, failure: str, primary: DeploymentTypeDef | None = None
    ) -> Result | None:
        """ECS is eventually consistent: a failure counts once the rollout was seen in progress, or
        if two polls in a row see it."""
        message = f"{self.service}: {failure}. Expected {short(self._target)}"
        if primary is not None:
            message += f", running {short(primary.get('taskDefinition', 'nothing'))}"
        message += "."
        if self._seen_in_progress or self._unconfirmed == message:
            return self._tasks.failed(message)
        self._unconfirmed = self._status = message
        return None

    def _target_of(self, deployment: ServiceDeploymentTypeDef) -> str:
        """The task definition that a service deployment brings."""
        arn = deployment.get("targetServiceRevision", {}).get("arn", "")
        if arn not in self._targets:
            self._targets[arn] = task_definition_of_revision(self._aws, arn)
        return self._targets[arn]

    def _report(
        self,
        service: ServiceTypeDef,
        deployment: ServiceDeploymentTypeDef | None,
        primary: DeploymentTypeDef,
    ) -> None:
        """Prints new events, new failures of tasks, and the status if it has changed."""
        since = (deployment or primary).get("createdAt") or primary.get("createdAt")
        for line in self._events.new(service, since):
            self._console.line(f"{self.service}: {line}")
        self._tasks.print_new_failures()
        state = (deployment or {}).get("status") or primary.get("rolloutState", "")
        stage = (deployment or {}).get("lifecycleStage", "")
        counts = (
            f"{primary.get('runningCount', 0)} of {service.get('desiredCount', 0)} running, "
            f"{primary.get('pendingCount', 0)} pending, {primary.get('failedTasks', 0)} failed"
        )
        status = f"{' '.join(filter(None, (state, stage)))}, {counts}"
        if status != self._printed:
            self._console.line(f"{self.service}: {status}")
        self._printed = self._status = status


class ServiceEvents:
    """The ECS events of one service, each reported once, the oldest first."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def new(self, service: ServiceTypeDef, since: datetime | None) -> Iterator[str]:
        """Those after `since` that no earlier call has returned."""
        fresh = [e for e in service.get("events", ()) if e.get("id") not in self._seen]
        for event in sorted(fresh, key=_created_at):
            self._seen.add(event.get("id", ""))
            if since is None or _created_at(event) >= since:
                at = _created_at(event).astimezone(UTC)
                yield f"{at:%H:%M:%S} {event.get('message', '')}"


def describe_service(aws: Aws, cluster: str, name: str) -> ServiceTypeDef:
    """Errors: InputError if the cluster has no active service of this name."""
    answer = aws.ecs.describe_services(cluster=cluster, services=[name])
    found = next((s for s in answer["services"] if s.get("status") == "ACTIVE"), None)
    if found is None:
        raise InputError(
            f"cluster {cluster} has no active service {name}. Check that the outputs file is of "
            "the same account and region as the credentials, then run `pulumi up`."
        )
    return found


def primary_of(service: ServiceTypeDef) -> DeploymentTypeDef:
    """The service's primary deployment; empty if it has none."""
    primary = (d for d in service.get("deployments", ()) if d.get("status") == "PRIMARY")
    return next(primary, {})


def running_revision(service: ServiceTypeDef) -> str:
    """The ARN of the task definition that the service runs; empty if ECS names none."""
    return primary_of(service).get("taskDefinition") or service.get("taskDefinition", "")


def list_service_deployments(
    aws: Aws, cluster: str, service: str, statuses: Sequence[ServiceDeploymentStatusType] = ()
) -> list[ServiceDeploymentBriefTypeDef]:
    """The newest first. ECS keeps them for 90 days; boto3 has no paginator for them."""
    request: ListServiceDeploymentsRequestTypeDef = {"cluster": cluster, "service": service}
    if statuses:
        request["status"] = statuses
    found: list[ServiceDeploymentBriefTypeDef] = []
    while True:
        answer = aws.ecs.list_service_deployments(**request)
        found += answer["serviceDeployments"]
        if not answer.get("nextToken"):
            break
        request["nextToken"] = answer.get("nextToken", "")
    return sorted(found, key=_created_at, reverse=True)


def _created_at(item: ServiceEventTypeDef | ServiceDeploymentBriefTypeDef) -> datetime:
    return item.get("createdAt", datetime.min.replace(tzinfo=UTC))


def newest_deployment(aws: Aws, cluster: str, name: str) -> ServiceDeploymentTypeDef | None:
    """The newest service deployment, with all its details."""
    listed = list_service_deployments(aws, cluster, name)
    if not listed:
        return None
    arns = [listed[0].get("serviceDeploymentArn", "")]
    answer = aws.ecs.describe_service_deployments(serviceDeploymentArns=arns)
    return next(iter(answer["serviceDeployments"]), None)


def task_definition_of_revision(aws: Aws, arn: str) -> str:
    """The task definition of a service revision; empty if ECS no longer has the revision."""
    answer = aws.ecs.describe_service_revisions(serviceRevisionArns=[arn])
    return next((r.get("taskDefinition", "") for r in answer["serviceRevisions"]), "")


def _state_reason(primary: DeploymentTypeDef) -> str:
    return primary.get("rolloutStateReason", "ECS gives no reason")


def _reason(deployment: ServiceDeploymentTypeDef) -> str:
    reasons = (deployment.get("rollback", {}).get("reason"), deployment.get("statusReason"))
    unique = dict.fromkeys(filter(None, reasons))
    return f": {'; '.join(text.rstrip('.') for text in unique)}" if unique else ""
