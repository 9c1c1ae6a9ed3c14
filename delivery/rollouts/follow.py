"""Following several rollouts to their ends at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from delivery.aws.clients import explain, passes
from delivery.shared.clock import Deadline
from delivery.shared.console import Console

POLL_SECONDS = 3.0
PATIENCE = 5
"""Polls of one service in a row that AWS may leave unanswered (each was tried again already)."""


@dataclass(frozen=True)
class Result:
    """How a service's rollout ended; `message` says it in a sentence."""

    service: str
    ok: bool
    message: str
    seconds: float = 0.0


class Watch(Protocol):
    """One rollout. `poll` looks once, tells what is new, and gives the result when it has ended."""

    service: str

    def poll(self) -> Result | None: ...

    def standing(self) -> str:
        """Where the rollout is, for who gives up on it."""
        ...


def follow(
    watches: Sequence[Watch], deadline: Deadline, interval: float, console: Console
) -> list[Result]:
    """Polls until all have ended or the deadline has passed; ends within one interval of the last.

    Errors: ClientError where AWS refuses a call for good.
    """
    results: dict[str, Result] = {}
    silent = dict.fromkeys((watch.service for watch in watches), 0)
    while True:
        for watch in watches:
            if watch.service not in results:
                _poll(watch, results, silent, deadline, console)
        if len(results) == len(watches):
            break
        if deadline.passed:
            for watch in watches:
                if watch.service not in results:
                    results[watch.service] = _late(watch, deadline)
                    console.line(results[watch.service].message)
            break
        deadline.pause(interval)
    return [results[watch.service] for watch in watches]


def _poll(
    watch: Watch,
    results: dict[str, Result],
    silent: dict[str, int],
    deadline: Deadline,
    console: Console,
) -> None:
    try:
        result = watch.poll()
    except (ClientError, BotoCoreError) as error:
        silent[watch.service] += 1
        if not passes(error) or silent[watch.service] > PATIENCE:
            raise
        console.line(f"{watch.service}: not answered, asking again: {explain(error)}")
        return
    silent[watch.service] = 0
    if result is not None:
        ended = Result(result.service, result.ok, result.message, deadline.elapsed)
        results[watch.service] = ended
        console.line(f"+{deadline.elapsed:.0f}s {ended.message}")


def _late(watch: Watch, deadline: Deadline) -> Result:
    return Result(
        watch.service,
        False,
        f"{watch.service}: not done after {deadline.seconds:.0f} s: {watch.standing()}. It goes on "
        "without this job: look at the service's events, and raise --timeout if it is only slow.",
        deadline.seconds,
    )
