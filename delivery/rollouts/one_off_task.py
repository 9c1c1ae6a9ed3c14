"""Starts a task that runs once, and follows it to its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from delivery.aws.clients import Aws
from delivery.rollouts.stop_reasons import NEVER_STARTED, advice, stop_reason
from delivery.rollouts.tasks import describe_tasks, task_id
from delivery.shared.clock import Deadline
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import Network

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        FailureTypeDef,
        RunTaskRequestTypeDef,
        TaskTypeDef,
    )


@dataclass(frozen=True)
class OneOffTasks:
    """One-off tasks of a cluster. `label` begins each line and error; `rerun_follows`: the command,
    run again, follows the task that it has started before."""

    aws: Aws
    console: Console
    label: str
    cluster: str
    rerun_follows: bool = False

    def start(self, request: RunTaskRequestTypeDef) -> TaskTypeDef:
        """Errors: DeliveryError with ECS' reason if the task does not start."""
        answer = self.aws.ecs.run_task(**request)
        if not answer["tasks"]:
            raise DeliveryError(f"{self.label}: did not start. {_explain(answer['failures'])}")
        return answer["tasks"][0]

    def wait_for_end(
        self,
        task: TaskTypeDef,
        interval: float,
        deadline: Deadline,
        at_each_poll: Callable[[], object] = lambda: None,
    ) -> TaskTypeDef:
        """The stopped task. Errors: DeliveryError at the deadline; the task goes on."""
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
            at_each_poll()
            if status == "STOPPED":
                return now
            if deadline.passed:
                stop = (
                    "Rerun to follow it further, or stop it" if self.rerun_follows else "To stop it"
                )
                raise DeliveryError(
                    f"{self.label}: {name_of(task)} is {status} after {deadline.seconds:.0f} s and "
                    f"keeps running. {stop}: aws ecs stop-task --cluster {self.cluster} "
                    f"--task {task_id(task)}"
                )
            deadline.pause(interval)


def run_request(
    network: Network, task_definition: str, started_by: str, client_token: str = ""
) -> RunTaskRequestTypeDef:
    """One task on Fargate. Calls with the same `client_token` start one task between them."""
    return {
        "cluster": network.cluster,
        "taskDefinition": task_definition,
        "count": 1,
        "launchType": "FARGATE",
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": network.subnets,
                "securityGroups": network.security_groups,
                "assignPublicIp": network.assign_public_ip,
            }
        },
        "startedBy": started_by,
        "clientToken": client_token or uuid.uuid4().hex,
        "propagateTags": "TASK_DEFINITION",
    }


def exit_code_of(task: TaskTypeDef, container: str) -> int | None:
    """The container's exit code; None where the task never ran it."""
    codes = [c.get("exitCode") for c in task.get("containers", ()) if c.get("name") == container]
    return codes[0] if codes else None


def failure_of(task: TaskTypeDef, container: str, then: str) -> str:
    """Why a stopped task failed; empty if it did not. `then` says what to do about an exit code."""
    reason = stop_reason(task)
    help_ = f" {advice(reason)}" if advice(reason) else ""
    if task.get("stopCode") == NEVER_STARTED:
        return f"the task never started: {reason}.{help_}"
    code = exit_code_of(task, container)
    if code is None:
        return f"the task stopped and {container} has no exit code: {reason}.{help_}"
    return f"{container} exited with {code}: {reason}.{help_} {then}" if code else ""


def name_of(task: TaskTypeDef) -> str:
    return f"task {task_id(task)}"


def _explain(failures: Sequence[FailureTypeDef]) -> str:
    reason = "; ".join(f"{f.get('reason', '')} {f.get('detail', '')}".strip() for f in failures)
    return f"{reason or 'ECS gives no reason'}. {advice(reason)}".strip()
