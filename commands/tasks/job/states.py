"""What a job's rendered state machine says of its task: the timeout, and when to try again.

Source: Amazon States Language, "Errors" (states-language.net) and Step Functions Developer Guide,
"Handling errors in Step Functions workflows": the first retrier that names the error decides, each
counts its own attempts, and States.TaskFailed stands for every error but States.Timeout.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commands.tasks.container import NotRunError
from commands.tasks.stack import Definition, Stack

RUN_TASK = ":states:::ecs:runTask.sync"
ALL, FAILED, TIMEOUT = "States.ALL", "States.TaskFailed", "States.Timeout"
RETRIER = {"ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxAttempts"}


@dataclass(frozen=True)
class Retrier:
    errors: tuple[str, ...]
    interval_seconds: float
    backoff_rate: float
    max_attempts: int

    def takes(self, error: str) -> bool:
        stands_for = {ALL, error} if error == TIMEOUT else {ALL, FAILED, error}
        return not stands_for.isdisjoint(self.errors)

    def pause(self, attempts: int) -> float | None:
        """Seconds before the next attempt after as many; None if there is none."""
        if attempts >= self.max_attempts:
            return None
        return self.interval_seconds * self.backoff_rate**attempts


@dataclass(frozen=True)
class Job:
    name: str
    definition: Definition
    timeout_seconds: float
    retriers: tuple[Retrier, ...]


def find(stack: Stack, name: str) -> Job:
    """Errors: NotRunError where there is none, or its state machine has what is not run here."""
    if name not in stack.jobs:
        has = ", ".join(sorted(stack.jobs)) or "none"
        raise NotRunError(f"--job {name}: the stack file has no such job. It has: {has}.")
    states = json.loads(stack.jobs[name].inputs["definition"])["States"]
    (state,) = (s for s in states.values() if s.get("Resource", "").endswith(RUN_TASK))
    arn = state["Parameters"]["TaskDefinition"]
    return Job(
        name=name,
        definition=next(item for item in stack.definitions if item.arn == arn),
        timeout_seconds=float(state["TimeoutSeconds"]),
        retriers=tuple(retrier(name, item) for item in state.get("Retry", ())),
    )


def retrier(job: str, item: Mapping[str, Any]) -> Retrier:
    """With the defaults of the Amazon States Language."""
    if unknown := set(item) - RETRIER:
        raise NotRunError(f"job {job}: {', '.join(sorted(unknown))} of a retrier is not run here")
    return Retrier(
        errors=tuple(item["ErrorEquals"]),
        interval_seconds=float(item.get("IntervalSeconds", 1)),
        backoff_rate=float(item.get("BackoffRate", 2)),
        max_attempts=int(item.get("MaxAttempts", 3)),
    )
