"""Tasks of a rollout that fail: why they stopped, and what they wrote last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from delivery.aws.clients import Aws
from delivery.aws.ecs import Task
from delivery.aws.pages import chunks, pages
from delivery.rollouts.stop_reasons import NEVER_STARTED, advice, exit_words, reasons
from delivery.rollouts.task_logs import TaskLogs, troubled

WITH_LOGS = 3
"""Failing tasks of one service whose lines are printed; of the others only the reason."""

DESCRIBED_AT_ONCE = 100


@dataclass
class TaskFailures:
    """Tells each failing task of one service's revision once."""

    aws: Aws
    cluster: str
    service: str
    task_definition: str
    lines: int = 20
    _seen: set[str] = field(default_factory=set[str])
    _told: int = 0

    def new(self) -> Iterator[str]:
        """Lines for the tasks that failed since the last call."""
        stopped = list_tasks(self.aws, self.cluster, self.service, "STOPPED")
        fresh = [arn for arn in stopped if arn not in self._seen]
        self._seen.update(fresh)
        for task in described(self.aws, self.cluster, fresh):
            if task.get("taskDefinitionArn") == self.task_definition and _failed(task):
                yield from self._told_of(task)

    def _told_of(self, task: Task) -> Iterator[str]:
        self._told += 1
        said = reasons(task)
        ended = ", ".join(exit_words(c) for c in task.get("containers", ()) if "exitCode" in c)
        about = f" ({ended})" if ended else ""
        yield f"task {task['taskArn'].rpartition('/')[2]} failed: {said}{about}"
        if advice(said):
            yield f"  {advice(said)}"
        if self._told <= WITH_LOGS and task.get("stopCode") != NEVER_STARTED:
            logs = TaskLogs(self.aws, self.lines)
            yield from (f"  {line}" for line in logs.of(task, troubled(task)))


def list_tasks(aws: Aws, cluster: str, service: str, status: str) -> list[str]:
    found = pages(
        aws.ecs.list_tasks, "taskArns", cluster=cluster, serviceName=service, desiredStatus=status
    )
    return list(found)


def described(aws: Aws, cluster: str, arns: list[str]) -> Iterator[Task]:
    for some in chunks(arns, DESCRIBED_AT_ONCE):
        yield from aws.ecs.describe_tasks(cluster=cluster, tasks=some)["tasks"]


def _failed(task: Task) -> bool:
    """A task that scaling or the rollout itself stopped has not failed."""
    if task.get("lastStatus") not in ("STOPPED", "DEPROVISIONING", "STOPPING"):
        return False
    reason = task.get("stoppedReason", "")
    if task.get("stopCode") in (NEVER_STARTED, "EssentialContainerExited"):
        return True
    return "health check" in reason or any("reason" in c for c in task.get("containers", ()))
