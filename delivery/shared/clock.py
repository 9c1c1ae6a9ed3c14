"""Time, passed in so that tests need none of it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since some moment; never goes back."""
        ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Deadline:
    """The end of a wait, `seconds` from its making."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._start, self.seconds = clock, clock.now(), seconds

    @property
    def elapsed(self) -> float:
        return self._clock.now() - self._start

    @property
    def passed(self) -> bool:
        return self.elapsed >= self.seconds

    def pause(self, seconds: float) -> None:
        """Sleeps, but not beyond the deadline."""
        self._clock.sleep(max(0.0, min(seconds, self.seconds - self.elapsed)))
