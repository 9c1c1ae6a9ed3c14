"""The clock, passed in so that tests do not wait."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Monotonic seconds."""
        ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Deadline:
    """`seconds` after its creation."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._start, self.seconds = clock, clock.now(), seconds

    @property
    def elapsed(self) -> float:
        return self._clock.now() - self._start

    @property
    def passed(self) -> bool:
        return self.elapsed >= self.seconds

    def pause(self, seconds: float) -> None:
        """Sleeps, but not past the deadline."""
        self._clock.sleep(max(0.0, min(seconds, self.seconds - self.elapsed)))
