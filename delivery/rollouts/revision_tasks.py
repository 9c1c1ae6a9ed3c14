"""The tasks of the revision that a rollout brings, however it is rolled out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from delivery.aws.clients import Aws
from delivery.rollouts.follow import Result
from delivery.rollouts.task_failures import TaskFailures
from delivery.rollouts.tasks import other_tasks
from delivery.rollouts.trial_task import TrialTask
from delivery.shared.console import Console
from delivery.shared.outputs import short

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef


class RevisionTasks:
    """`name` is the service's name in ECS, `target` the ARN of the task definition."""

    def __init__(
        self, aws: Aws, console: Console, cluster: str, service: str, name: str, target: str
    ) -> None:
        self.status = ""
        self._aws, self._console, self._cluster = aws, console, cluster
        self._service, self._name, self._target = service, name, target
        self._failures = TaskFailures(aws, cluster, name, target)
        self._trial = TrialTask(aws, console, cluster, service, target)

    def verified(self, service: ServiceTypeDef, running: int) -> Result | None:
        """After AWS has reported success: checks that all tasks are of the revision, and that
        there are any. Where the service is to have none, a trial task has to work, for a deployment
        of no task is successful at once. `running`: how many of the revision AWS counts."""
        others = other_tasks(self._aws, self._cluster, self._name, self._target)
        if others:
            self.status = f"{len(others)} tasks of another revision still run"
            return None
        if running == 0 and service.get("desiredCount", 0) > 0:
            self.status = f"no task of {short(self._target)} runs"
            return None
        if running == 0:
            ended = self._trial.poll(service)
            self.status = self._trial.status
            return ended
        message = f"{self._service}: {short(self._target)} runs, {running} tasks"
        return Result(self._service, True, message)

    def print_new_failures(self) -> None:
        self._print(self._failures.new())

    def failed(self, message: str) -> Result:
        """The rollout has failed: without a failed task the log lines of another are printed."""
        self._print(self._failures.instead())
        return Result(self._service, False, message)

    def close(self) -> None:
        self._trial.stop()

    def _print(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._console.line(f"{self._service}: {line}")
