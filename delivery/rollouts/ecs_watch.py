"""A rollout by ECS itself: rolling, or blue/green, canary, linear."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from delivery.aws.clients import Aws
from delivery.aws.ecs import Deployment, Service, ServiceDeployment
from delivery.aws.pages import pages
from delivery.rollouts.follow import Result
from delivery.rollouts.task_failures import TaskFailures, described, list_tasks
from delivery.shared.console import Console
from delivery.shared.errors import InputError
from delivery.shared.outputs import short

UNDER_WAY = frozenset({"PENDING", "IN_PROGRESS"})
GOING_BACK = frozenset({"STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})
ENDED_BADLY = {
    "STOPPED": "was stopped by hand",
    "ROLLBACK_SUCCESSFUL": "was ROLLED BACK",
    "ROLLBACK_FAILED": "FAILED, and so did its rollback",
}


class EcsWatch:
    """Follows the newest deployment of one service; well only if it ends with every task on the
    `wanted` task definition (ARN). `after` is the ARN of the deployment that was the newest before
    this one was asked for: until ECS shows a newer one, nothing is concluded."""

    def __init__(
        self,
        aws: Aws,
        console: Console,
        cluster: str,
        service: str,
        name: str,
        wanted: str,
        after: str = "",
    ) -> None:
        self.service = service
        self._aws, self._console = aws, console
        self._cluster, self._name, self._wanted = cluster, name, wanted
        self._after = after
        self._failures = TaskFailures(aws, cluster, name, wanted)
        self._events = ServiceEvents()
        self._target: dict[str, str] = {}
        self._standing = "nothing seen yet"
        self._seen_moving = False
        self._suspected = ""

    def standing(self) -> str:
        return self._standing

    def poll(self) -> Result | None:
        service = described_service(self._aws, self._cluster, self._name)
        deployment = newest_deployment(self._aws, self._cluster, self._name)
        primary = primary_of(service)
        if deployment is not None and deployment["serviceDeploymentArn"] == self._after:
            self._standing = "ECS has not begun"
            return None
        self._tell(service, deployment, primary)
        if deployment is None:
            return self._by_primary(service, primary)
        return self._by_deployment(service, primary, deployment)

    def _by_deployment(
        self, service: Service, primary: Deployment, deployment: ServiceDeployment
    ) -> Result | None:
        status, target = deployment["status"], self._target_of(deployment)
        asked = target == self._wanted
        if (status in UNDER_WAY and asked) or status in GOING_BACK:
            self._seen_moving = True
            return None
        if status in UNDER_WAY:
            return self._suspect(
                f"another deployment is already running, to {short(target)}: "
                f"{deployment['serviceDeploymentArn']}. Wait for its end or stop it, then rerun"
            )
        runs_as_asked = primary.get("taskDefinition") == self._wanted
        if status in ENDED_BADLY and (asked or not runs_as_asked):
            return self._suspect(f"the deployment {ENDED_BADLY[status]}{_why(deployment)}", primary)
        if not asked and not runs_as_asked:
            return self._suspect("no deployment to what the stack asks for", primary)
        return self._verified(service, primary)

    def _by_primary(self, service: Service, primary: Deployment) -> Result | None:
        """For a service that has no service deployments on record."""
        if primary.get("taskDefinition") != self._wanted:
            return self._suspect("no deployment to what the stack asks for", primary)
        state = primary.get("rolloutState")
        if state == "FAILED":
            reason = primary.get("rolloutStateReason", "ECS gives no reason")
            return self._suspect(f"the deployment FAILED: {reason}", primary)
        if state != "COMPLETED":
            self._seen_moving = True
            return None
        return self._verified(service, primary)

    def _verified(self, service: Service, primary: Deployment) -> Result | None:
        """ECS says that all went well: true only if all tasks are of the wanted revision."""
        runs = primary.get("taskDefinition", "")
        if runs != self._wanted:
            return self._suspect("ECS calls the deployment a success", primary)
        arns = list_tasks(self._aws, self._cluster, self._name, "RUNNING")
        tasks = list(described(self._aws, self._cluster, arns))
        others = [t for t in tasks if t.get("taskDefinitionArn") != self._wanted]
        if others:
            self._standing = f"{len(others)} tasks of an earlier revision still run"
            return None
        if service.get("desiredCount", 0) > 0 and primary.get("runningCount", 0) == 0:
            self._standing = f"no task of {short(self._wanted)} runs"
            return None
        count = primary.get("runningCount", 0)
        words = f"{self.service}: runs {short(self._wanted)}, as asked, in {count} tasks"
        return Result(self.service, True, words)

    def _suspect(self, what: str, primary: Deployment | None = None) -> Result | None:
        """ECS may answer with what was true a moment ago: what did not happen before our eyes has
        to be seen twice."""
        runs = f" Asked for {short(self._wanted)}"
        if primary is not None:
            runs += f", runs {short(primary.get('taskDefinition', 'nothing'))}"
        message = f"{self.service}: {what}.{runs}."
        if self._seen_moving or self._suspected == message:
            return Result(self.service, False, message)
        self._suspected = self._standing = message
        return None

    def _target_of(self, deployment: ServiceDeployment) -> str:
        """The task definition that a service deployment brings."""
        arn = deployment.get("targetServiceRevision", {}).get("arn", "")
        if arn not in self._target:
            self._target[arn] = revision_task_definition(self._aws, arn)
        return self._target[arn]

    def _tell(
        self, service: Service, deployment: ServiceDeployment | None, primary: Deployment
    ) -> None:
        since = (deployment or {}).get("createdAt") or primary.get("createdAt")
        for line in self._events.new(service, since):
            self._console.line(f"{self.service}: {line}")
        for line in self._failures.new():
            self._console.line(f"{self.service}: {line}")
        stage = (deployment or {}).get("lifecycleStage", "")
        state = (deployment or {}).get("status") or primary.get("rolloutState", "")
        counts = (
            f"{primary.get('runningCount', 0)} of {service.get('desiredCount', 0)} running, "
            f"{primary.get('pendingCount', 0)} starting, {primary.get('failedTasks', 0)} failed"
        )
        standing = f"{' '.join(filter(None, (state, stage)))}, {counts}"
        if standing != self._standing:
            self._console.line(f"{self.service}: {standing}")
        self._standing = standing


class ServiceEvents:
    """ECS events of one service, each told once, oldest first."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def new(self, service: Service, since: datetime | None) -> Iterator[str]:
        fresh = [e for e in service.get("events", ()) if e["id"] not in self._seen]
        for event in sorted(fresh, key=lambda e: e["createdAt"]):
            self._seen.add(event["id"])
            if since is None or event["createdAt"] >= since:
                at = event["createdAt"].astimezone(UTC)
                yield f"{at:%H:%M:%S} {event['message']}"


def described_service(aws: Aws, cluster: str, name: str) -> Service:
    """Errors: InputError where the cluster has no such active service."""
    answer = aws.ecs.describe_services(cluster=cluster, services=[name])
    found = next((s for s in answer["services"] if s.get("status") == "ACTIVE"), None)
    if found is None:
        raise InputError(
            f"cluster {cluster} has no active service {name}. Compare the outputs file with the "
            "account and region of the credentials, then run `pulumi up`."
        )
    return found


def primary_of(service: Service) -> Deployment:
    primary = (d for d in service.get("deployments", ()) if d.get("status") == "PRIMARY")
    return next(primary, {})


def newest_deployment(aws: Aws, cluster: str, name: str) -> ServiceDeployment | None:
    """The service deployment that was asked for last, whole. ECS keeps them for 90 days."""
    briefs = list(
        pages(aws.ecs.list_service_deployments, "serviceDeployments", cluster=cluster, service=name)
    )
    if not briefs:
        return None
    newest = max(briefs, key=lambda d: d["createdAt"])
    arns = [newest["serviceDeploymentArn"]]
    answer = aws.ecs.describe_service_deployments(serviceDeploymentArns=arns)
    return next(iter(answer["serviceDeployments"]), None)


def revision_task_definition(aws: Aws, arn: str) -> str:
    """The task definition of a service revision; empty where ECS no longer knows it."""
    answer = aws.ecs.describe_service_revisions(serviceRevisionArns=[arn])
    return next((r.get("taskDefinition", "") for r in answer["serviceRevisions"]), "")


def _why(deployment: ServiceDeployment) -> str:
    rollback = deployment.get("rollback", {}).get("reason", "")
    said = dict.fromkeys(filter(None, (rollback, deployment.get("statusReason", ""))))
    return f": {'; '.join(text.rstrip('.') for text in said)}" if said else ""
