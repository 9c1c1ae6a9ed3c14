"""The scaling of a service."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator

from pydantic import Field

from limits import schedules
from settings.problems import Problem, nearest
from settings.section import Name, Percent, Section


class QueueScaling(Section):
    """Tasks for a queue: backlog per task = acceptable latency / time of one job."""

    name: Name = Field(
        description="A queue of plataforma:cache.queues or plataforma:broker.queues."
    )
    acceptable_latency_seconds: float = Field(
        gt=0, le=86400, description="Seconds that a job may wait before it starts."
    )
    average_job_seconds: float = Field(gt=0, le=86400, description="Seconds that one job takes.")

    def problems(self) -> Iterator[Problem]:
        if self.acceptable_latency_seconds < self.average_job_seconds:
            text = (
                f"{self.acceptable_latency_seconds:g} is below averageJobSeconds "
                f"({self.average_job_seconds:g}): no number of tasks starts a job sooner."
            )
            yield Problem("acceptableLatencySeconds", text)


class Schedule(Section):
    """A change of the scaling range at set times."""

    at: str = Field(
        description="cron(minute hour day month weekday year), rate(n hours) or at(timestamp).",
    )
    timezone: str = Field(default="UTC", description="IANA name, e.g. America/Sao_Paulo.")
    min: int = Field(ge=0, le=1000, description="Tasks, 0 to 1000.")
    max: int = Field(ge=0, le=1000, description="Tasks, 0 to 1000; 0 stops the service.")

    def problems(self) -> Iterator[Problem]:
        yield from _range(self.min, self.max)
        if wrong := schedules.problem(self.at):
            yield Problem("at", f"{self.at!r}: {wrong}.")
        if self.timezone not in zoneinfo.available_timezones():
            hint = nearest(self.timezone, zoneinfo.available_timezones())
            yield Problem("timezone", f"{self.timezone!r} is not an IANA time zone.{hint}")


class ScalingSettings(Section):
    """Application Auto Scaling of the service: the range, and what moves it."""

    min: int = Field(default=1, ge=0, le=1000, description="Tasks, 0 to 1000; 0 needs a queue.")
    max: int = Field(default=4, ge=1, le=1000, description="Tasks, 1 to 1000.")
    cpu: Percent | None = Field(default=None, description="Target CPU in percent, 10 to 95.")
    memory: Percent | None = Field(default=None, description="Target memory in percent, 10 to 95.")
    requests_per_target: int | None = Field(
        default=None, ge=1, description="Target requests a minute for each task."
    )
    queue: QueueScaling | None = Field(default=None, description="Scale by a queue's backlog.")
    schedules: tuple[Schedule, ...] = Field(
        default=(),
        description="Scheduled ranges; {min: 0, max: 0} stops the service until the next one. "
        "Beside them min and max are the range until the first one; later changes of the two do "
        "nothing.",
    )
    scale_in_cooldown_seconds: int = Field(default=300, ge=0, le=3600, description="0 to 3600.")
    scale_out_cooldown_seconds: int = Field(default=60, ge=0, le=3600, description="0 to 3600.")

    def problems(self) -> Iterator[Problem]:
        yield from _range(self.min, self.max)
        if self.min == 0 and self.queue is None:
            yield Problem("min", "0 needs scaling.queue: nothing else wakes the service.")
        for number, schedule in enumerate(self.schedules):
            if schedule.min == 0 < schedule.max and self.queue is None:
                text = "0 needs scaling.queue: nothing else wakes the service. To stop it, set max"
                yield Problem(f"schedules.{number}.min", f"{text} to 0 too.")
        if self.schedules and not any(schedule.max for schedule in self.schedules):
            yield Problem("schedules", "stop the service, and none starts it again.")

    @property
    def reaches_zero(self) -> bool:
        """Whether the service may run no task while work waits."""
        ranges = [(self.min, self.max), *((s.min, s.max) for s in self.schedules)]
        return any(low == 0 < high for low, high in ranges)


def _range(low: int, high: int) -> Iterator[Problem]:
    if low > high:
        yield Problem("min", f"{low} is above max ({high}).")
