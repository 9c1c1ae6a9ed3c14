"""Follows several rollouts at once until each has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from delivery.aws.clients import explain, is_transient
from delivery.shared.clock import Deadline
from delivery.shared.console import Console
from delivery.shared.outputs import ServiceOutput
from settings.service.rollout import timeout_seconds

MOST_FAILED_POLLS = 5
"""Polls of one service that may fail in a row. botocore has already retried each call."""


@dataclass(frozen=True)
class Result:
    """How a service's rollout ended."""

    service: str
    ok: bool
    message: str
    seconds: float = 0.0


class Watch(Protocol):
    """One rollout. `poll` prints what is new, and returns the result once the rollout has ended."""

    service: str

    def poll(self) -> Result | None: ...

    def status(self) -> str:
        """The last status that a poll saw, for the message of a timeout."""
        ...

    def close(self) -> None:
        """Called once at the end, however it came: stops what the watch has started."""


def default_timeout(services: Iterable[ServiceOutput]) -> float:
    """Seconds. Services roll out at the same time, so the slowest one counts."""
    return timeout_seconds(max(service.deploy_wait_seconds for service in services))


def follow(
    watches: Sequence[Watch], deadline: Deadline, interval: float, console: Console
) -> list[Result]:
    """Polls until all rollouts have ended or the deadline has passed.

    Errors: ClientError for a call that AWS keeps refusing.
    """
    try:
        return _followed(watches, deadline, interval, console)
    finally:
        for watch in watches:
            watch.close()


def _followed(
    watches: Sequence[Watch], deadline: Deadline, interval: float, console: Console
) -> list[Result]:
    results: dict[str, Result] = {}
    failed_polls = dict.fromkeys((watch.service for watch in watches), 0)
    while True:
        for watch in watches:
            if watch.service not in results:
                _poll(watch, results, failed_polls, deadline, console)
        if len(results) == len(watches):
            break
        if deadline.passed:
            for watch in watches:
                if watch.service not in results:
                    results[watch.service] = _timed_out(watch, deadline)
                    console.line(results[watch.service].message)
            break
        deadline.pause(interval)
    return [results[watch.service] for watch in watches]


def _poll(
    watch: Watch,
    results: dict[str, Result],
    failed_polls: dict[str, int],
    deadline: Deadline,
    console: Console,
) -> None:
    try:
        result = watch.poll()
    except (ClientError, BotoCoreError) as error:
        failed_polls[watch.service] += 1
        if not is_transient(error) or failed_polls[watch.service] > MOST_FAILED_POLLS:
            raise
        console.line(f"{watch.service}: poll failed, retrying: {explain(error)}")
        return
    failed_polls[watch.service] = 0
    if result is not None:
        ended = Result(result.service, result.ok, result.message, deadline.elapsed)
        results[watch.service] = ended
        console.line(f"+{deadline.elapsed:.0f}s {ended.message}")


def _timed_out(watch: Watch, deadline: Deadline) -> Result:
    return Result(
        watch.service,
        False,
        f"{watch.service}: not finished after {deadline.seconds:.0f} s: {watch.status()}. The "
        "rollout continues: check the service's events; if it is only slow, raise --timeout.",
        deadline.seconds,
    )
