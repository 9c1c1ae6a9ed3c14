"""Failed tasks of a rollout: why they stopped, and their last log lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from delivery.aws.clients import Aws
from delivery.rollouts.stop_reasons import NEVER_STARTED, advice, exit_text, stop_reason
from delivery.rollouts.task_logs import TaskLogs, failed_containers
from delivery.rollouts.tasks import describe_tasks, list_tasks, task_id

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

    def new(self) -> Iterator[str]:
        """Lines about the tasks that failed since the last call."""
        stopped = list_tasks(self.aws, self.cluster, self.service, "STOPPED")
        fresh = [arn for arn in stopped if arn not in self._seen]
        self._seen.update(fresh)
        for task in describe_tasks(self.aws, self.cluster, fresh):
            if task.get("taskDefinitionArn") == self.task_definition and _has_failed(task):
                yield from self._report(task)

    def _report(self, task: TaskTypeDef) -> Iterator[str]:
        self._reported += 1
        reason = stop_reason(task)
        exits = ", ".join(exit_text(c) for c in task.get("containers", ()) if "exitCode" in c)
        yield f"task {task_id(task)} failed: {reason}{f' ({exits})' if exits else ''}"
        if advice(reason):
            yield f"  {advice(reason)}"
        if self._reported <= WITH_LOGS and task.get("stopCode") != NEVER_STARTED:
            logs = TaskLogs(self.aws, self.lines)
            yield from (f"  {line}" for line in logs.of(task, failed_containers(task)))


def _has_failed(task: TaskTypeDef) -> bool:
    """Not so for a task that scaling or the rollout stopped."""
    if task.get("lastStatus") not in ("STOPPED", "DEPROVISIONING", "STOPPING"):
        return False
    if task.get("stopCode") in (NEVER_STARTED, "EssentialContainerExited"):
        return True
    failed_health_check = "health check" in task.get("stoppedReason", "")
    return failed_health_check or any("reason" in c for c in task.get("containers", ()))
