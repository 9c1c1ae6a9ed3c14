"""A job of the stack config: one command of a service's image, on a schedule or by hand."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from limits import schedules
from settings.problems import Problem, nearest
from settings.section import Name, Section
from settings.service.fargate import CpuUnits

LONGEST_TIMEOUT_SECONDS = 7 * 24 * 3600


class JobSettings(Section):
    """A command of a service's image that runs as a task of its own and ends, on a schedule or by
    `make run JOB=<name>`. It has the service's variables, secrets, links, roles and network. A run
    that fails raises an alarm and leaves a message in the dead-letter queue of the stack's jobs."""

    service: Name = Field(description="The service whose image, variables and rights it has.")
    command: tuple[str, ...] = Field(min_length=1, description="Command and arguments.")
    schedule: str | None = Field(
        default=None,
        description="cron(minute hour day month weekday year), rate(n hours) or at(timestamp); "
        "default: by hand alone.",
    )
    timezone: str = Field(default="UTC", description="IANA name, e.g. America/Sao_Paulo.")
    enabled: bool = Field(
        default=True, description="false pauses the schedule; it still runs by hand: true or false."
    )
    retries: int = Field(
        default=0,
        ge=0,
        le=10,
        description="Further attempts after one that fails, 0 to 10: the command must be safe to "
        "run again. One that exceeds timeoutSeconds is not repeated.",
    )
    timeout_seconds: int = Field(
        default=3600,
        ge=60,
        le=LONGEST_TIMEOUT_SECONDS,
        description="Seconds for one attempt, after which its task is stopped: 60 to 604800.",
    )
    overlap: Literal["forbid", "allow"] = Field(
        default="forbid",
        description="forbid skips a scheduled run while another run goes on, allow starts it: "
        "forbid or allow.",
    )
    cpu: CpuUnits | None = Field(default=None, description="CPU units; default: the service's.")
    memory: int | None = Field(default=None, description="MiB; default: the service's.")

    def problems(self) -> Iterator[Problem]:
        if self.schedule is None:
            for key, differs in (
                ("timezone", self.timezone != "UTC"),
                ("enabled", not self.enabled),
            ):
                if differs:
                    yield Problem(key, "is for a schedule; the job has none.")
        elif wrong := schedules.problem(self.schedule):
            yield Problem("schedule", f"{self.schedule!r}: {wrong}.")
        if self.timezone not in zoneinfo.available_timezones():
            hint = nearest(self.timezone, zoneinfo.available_timezones())
            yield Problem("timezone", f"{self.timezone!r} is not an IANA time zone.{hint}")
