"""The attempts of one run of a job, as its state machine makes them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from commands.tasks.job.states import FAILED, TIMEOUT, Job, Retrier

TIMED_OUT = 124
"""The exit code of what was stopped at its timeout, as timeout(1) has it."""


def run(
    job: Job, attempt: Callable[[int], int | None], pause: Callable[[float], object] = time.sleep
) -> int:
    """The exit code of the last attempt. `attempt` runs the one of that number, and answers with
    its exit code, or with None where it was stopped at the job's timeout."""
    used = Counter[Retrier]()
    number = 0
    while True:
        number += 1
        print(f"{job.name}: attempt {number}", flush=True)
        code = attempt(number)
        if code == 0:
            print(f"{job.name}: succeeded", flush=True)
            return 0
        print(f"{job.name}: {_failure(job, code)}", flush=True)
        retrier = _retrier(job, TIMEOUT if code is None else FAILED)
        seconds = retrier.pause(used[retrier]) if retrier else None
        if retrier is None or seconds is None:
            return TIMED_OUT if code is None else code
        used[retrier] += 1
        print(f"{job.name}: next attempt in {seconds:g} s", flush=True)
        pause(seconds)


def _retrier(job: Job, error: str) -> Retrier | None:
    return next((retrier for retrier in job.retriers if retrier.takes(error)), None)


def _failure(job: Job, code: int | None) -> str:
    if code is None:
        return f"exceeded its timeout of {job.timeout_seconds:g} s and was stopped"
    return f"exited with {code}"
