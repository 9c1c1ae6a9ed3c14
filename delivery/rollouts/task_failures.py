"""Failed tasks of a rollout: why they stopped, and their last log lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from delivery.aws.clients import Aws
from delivery.rollouts.stop_reasons import NEVER_STARTED, advice, exit_text, stop_reason
from delivery.rollouts.task_logs import TaskLogs, failed_containers
from delivery.rollouts.tasks import ENDING, describe_tasks, list_tasks, task_id

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef

WITH_LOGS = 3
"""Failed tasks of one service whose log lines are printed; for more, only the reason is."""


@dataclass
class TaskFailures:
    """Reports each failed task of one service's revision once."""

    aws: Aws
    cluster: str
    service: str
    task_definition: str
    lines: int = 20
    _seen: set[str] = field(default_factory=set[str])
    _reported: int = 0
    _stopped: TaskTypeDef | None = None

    def new(self) -> Iterator[str]:
        """Lines about the tasks that failed since the last call."""
        stopped = list_tasks(self.aws, self.cluster, self.service, "STOPPED")
        fresh = [arn for arn in stopped if arn not in self._seen]
        for task in describe_tasks(self.aws, self.cluster, fresh):
            is_ours = task.get("taskDefinitionArn") == self.task_definition
            has_failed = is_ours and _has_failed(task)
            # On its way to STOPPED a task gets its stop code and its exit codes.
            if has_failed or not is_ours or task.get("lastStatus") == "STOPPED":
                self._seen.add(task.get("taskArn", ""))
            if is_ours:
                self._stopped = task
            if has_failed:
                yield from self.lines_of(task)

    def instead(self) -> Iterator[str]:
        """Where none has failed, as when an alarm ended the rollout: the log lines of a task that
        was stopped with it, or still runs."""
        if self._reported:
            return
        task = self._stopped or self._running()
        if task is not None:
            yield f"no task failed; task {task_id(task)} of the revision wrote at last:"
            yield from self._logs(task, [c.get("name", "") for c in task.get("containers", ())])

    def _running(self) -> TaskTypeDef | None:
        arns = list_tasks(self.aws, self.cluster, self.service, "RUNNING")
        tasks = describe_tasks(self.aws, self.cluster, arns)
        return next((t for t in tasks if t.get("taskDefinitionArn") == self.task_definition), None)

    def _logs(self, task: TaskTypeDef, names: list[str]) -> Iterator[str]:
        yield from (f"  {line}" for line in TaskLogs(self.aws, self.lines).of(task, names))

    def lines_of(self, task: TaskTypeDef) -> Iterator[str]:
        """Why the task failed, and its last log lines."""
        self._reported += 1
        reason = stop_reason(task)
        exits = ", ".join(exit_text(c) for c in task.get("containers", ()) if "exitCode" in c)
        yield f"task {task_id(task)} failed: {reason}{f' ({exits})' if exits else ''}"
        if advice(reason):
            yield f"  {advice(reason)}"
        if self._reported <= WITH_LOGS and task.get("stopCode") != NEVER_STARTED:
            yield from self._logs(task, failed_containers(task))


def _has_failed(task: TaskTypeDef) -> bool:
    """Not so for a task that scaling or the rollout stopped."""
    if task.get("lastStatus") not in ENDING:
        return False
    if task.get("stopCode") in (NEVER_STARTED, "EssentialContainerExited"):
        return True
    failed_health_check = "health check" in task.get("stoppedReason", "")
    return failed_health_check or any("reason" in c for c in task.get("containers", ()))
