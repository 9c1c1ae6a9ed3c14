"""Starts a task that runs once, and follows it to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from delivery.aws.clients import Aws
from delivery.rollouts.stop_reasons import NEVER_STARTED, advice, stop_reason
from delivery.rollouts.tasks import describe_tasks, task_id
from delivery.shared.clock import Deadline
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        FailureTypeDef,
        RunTaskRequestTypeDef,
        TaskTypeDef,
    )


@dataclass(frozen=True)
class OneOffTasks:
    """One-off tasks of a cluster. `label` begins each line and error."""

    aws: Aws
    console: Console
    label: str
    cluster: str

    def start(self, request: RunTaskRequestTypeDef) -> TaskTypeDef:
        """Errors: DeliveryError with ECS' reason if the task does not start."""
        answer = self.aws.ecs.run_task(**request)
        if not answer["tasks"]:
            raise DeliveryError(f"{self.label}: did not start. {_explain(answer['failures'])}")
        return answer["tasks"][0]

    def wait_for_end(self, task: TaskTypeDef, interval: float, deadline: Deadline) -> TaskTypeDef:
        reported = ""
        while True:
            now = next(describe_tasks(self.aws, self.cluster, [task.get("taskArn", "")]), None)
            if now is None:
                raise DeliveryError(
                    f"{self.label}: ECS no longer has {name_of(task)} in {self.cluster}. Read its "
                    "log lines in CloudWatch before you run it again."
                )
            status = now.get("lastStatus", "")
            if status != reported:
                self.console.line(f"{self.label}: {name_of(task)} {status}")
                reported = status
            if status == "STOPPED":
                return now
            if deadline.passed:
                raise DeliveryError(
                    f"{self.label}: {name_of(task)} is {status} after {deadline.seconds:.0f} s and "
                    "keeps running. Rerun to follow it further, or stop it: aws ecs stop-task "
                    f"--cluster {self.cluster} --task {task_id(task)}"
                )
            deadline.pause(interval)


def failure_of(task: TaskTypeDef, container: str, then: str) -> str:
    """Why a stopped task failed; empty if it did not. `then` says what to do about an exit code."""
    reason = stop_reason(task)
    help_ = f" {advice(reason)}" if advice(reason) else ""
    if task.get("stopCode") == NEVER_STARTED:
        return f"the task never started: {reason}.{help_}"
    codes = [c.get("exitCode") for c in task.get("containers", ()) if c.get("name") == container]
    code = codes[0] if codes else None
    if code is None:
        return f"the task stopped and {container} has no exit code: {reason}.{help_}"
    return f"{container} exited with {code}: {reason}.{help_} {then}" if code else ""


def name_of(task: TaskTypeDef) -> str:
    return f"task {task_id(task)}"


def _explain(failures: Sequence[FailureTypeDef]) -> str:
    reason = "; ".join(f"{f.get('reason', '')} {f.get('detail', '')}".strip() for f in failures)
    return f"{reason or 'ECS gives no reason'}. {advice(reason)}".strip()
