"""Waiting for something to become true, with a limit that suits a slow machine."""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT_SECONDS = 60.0
INTERVAL_SECONDS = 0.05


def until(is_true: Callable[[], object], what: str, limit_seconds: float = LIMIT_SECONDS) -> None:
    deadline = time.monotonic() + limit_seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {limit_seconds:.0f} s: {what}")
        time.sleep(INTERVAL_SECONDS)
