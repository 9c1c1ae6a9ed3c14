"""One task of a revision of which a service runs none: started, seen to work, and stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from delivery.aws.clients import Aws, explain
from delivery.rollouts.follow import Result
from delivery.rollouts.one_off_task import OneOffTasks, run_request
from delivery.rollouts.task_failures import TaskFailures
from delivery.rollouts.task_logs import describe_task_definition
from delivery.rollouts.tasks import ENDING, describe_tasks, task_id
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import Network, short

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef, TaskTypeDef

STARTED_BY = "plataforma-rollout"


class TrialTask:
    """It works once the health checks of its containers pass; without any, once two polls see it
    running. Each container counts, not the task's own status: that stays UNKNOWN where an essential
    container has no check (ECS API, Task, healthStatus). The service's own number of tasks stays as
    autoscaling has set it."""

    def __init__(self, aws: Aws, console: Console, cluster: str, service: str, target: str) -> None:
        self.status = "no task runs"
        self._aws, self._console, self._cluster = aws, console, cluster
        self._service, self._target = service, target
        self._task: TaskTypeDef | None = None
        self._checked: set[str] = set()
        self._seen_running = self._has_ended = False

    def poll(self, service: ServiceTypeDef) -> Result | None:
        """Starts it, then looks at it. `service` is the service as ECS describes it."""
        try:
            if self._task is None:
                self._task = self._start(service)
                return None
        except DeliveryError as error:
            return Result(self._service, False, str(error))
        now = next(describe_tasks(self._aws, self._cluster, [_arn(self._task)]), self._task)
        state, health = now.get("lastStatus", ""), self._health_of(now)
        self.status = " ".join(["trial task", task_id(now), state, *sorted(health)])
        if state in ENDING or "UNHEALTHY" in health:
            self._has_ended = state in ENDING
            return self._failure(now, service.get("serviceName", ""))
        if state != "RUNNING":
            return None
        if health == {"HEALTHY"} or (not self._checked and self._seen_running):
            message = f"{short(self._target)} works in a trial task; the service runs none now"
            return Result(self._service, True, f"{self._service}: {message}")
        self._seen_running = True
        return None

    def stop(self) -> None:
        """Stops it if it runs. Its containers get SIGTERM, and their stop timeout."""
        if self._task is None or self._has_ended:
            return
        task = _arn(self._task)
        try:
            self._aws.ecs.stop_task(
                cluster=self._cluster, task=task, reason="The revision was tried."
            )
        except ClientError as error:
            by_hand = f"aws ecs stop-task --cluster {self._cluster} --task {task}"
            self._console.warning(
                f"{self._service}: the trial task still runs: {explain(error)} Stop it: {by_hand}"
            )

    def _start(self, service: ServiceTypeDef) -> TaskTypeDef:
        """Errors: DeliveryError with ECS' reason if it does not start."""
        definition = describe_task_definition(self._aws, self._target)
        containers = definition.get("containerDefinitions", ())
        self._checked = {c.get("name", "") for c in containers if c.get("healthCheck")}
        request = run_request(_network(self._cluster, service), self._target, STARTED_BY)
        tasks = OneOffTasks(self._aws, self._console, self._service, self._cluster)
        task = tasks.start(request)
        self._console.line(
            f"{self._service}: runs no task now; task {task_id(task)} tries its revision"
        )
        return task

    def _health_of(self, task: TaskTypeDef) -> set[str]:
        """The statuses of the containers that have a health check."""
        containers = {c.get("name", ""): c for c in task.get("containers", ())}
        return {containers.get(name, {}).get("healthStatus", "UNKNOWN") for name in self._checked}

    def _failure(self, task: TaskTypeDef, name: str) -> Result:
        failures = TaskFailures(self._aws, self._cluster, name, self._target)
        for line in failures.lines_of(task):
            self._console.line(f"{self._service}: {line}")
        message = f"{short(self._target)} does not work: its trial task {task_id(task)} failed"
        return Result(self._service, False, f"{self._service}: {message}.")


def _arn(task: TaskTypeDef) -> str:
    return task.get("taskArn", "")


def _network(cluster: str, service: ServiceTypeDef) -> Network:
    """That of the service's tasks."""
    vpc = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return Network.model_validate({"cluster": cluster, "assignPublicIp": "DISABLED", **vpc})
