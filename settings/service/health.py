"""Health checks of a service."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from settings.problems import Problem
from settings.section import Section

CODES = r"^[2-4]\d\d(-[2-4]\d\d|(,[2-4]\d\d)*)$"
"""HTTP codes as the load balancer takes them: one, a list or a range."""


class Health(Section):
    """Health checks and draining. With the defaults a rolling deployment replaces its tasks in well
    under two minutes; then ECS watches the alarms for some more."""

    path: str = Field(default="/healthz", pattern=r"^/\S*$", description="HTTP path, e.g. /readyz.")
    success_codes: str = Field(
        default="200",
        pattern=CODES,
        description='HTTP codes of a healthy task in quotes: "200", "200,204" or "200-399".',
    )
    interval_seconds: int = Field(default=5, ge=5, le=300, description="5 to 300.")
    timeout_seconds: int = Field(
        default=4, ge=2, le=120, description="2 to 120, below the interval."
    )
    healthy_threshold: int = Field(default=2, ge=2, le=10, description="2 to 10 checks.")
    unhealthy_threshold: int = Field(default=3, ge=2, le=10, description="2 to 10 checks.")
    grace_period_seconds: int = Field(
        default=30, ge=0, le=3600, description="Seconds in which ECS ignores a new task's checks."
    )
    deregistration_delay_seconds: int = Field(
        default=30, ge=0, le=3600, description="Seconds for requests in flight, 0 to 3600."
    )
    command: tuple[str, ...] = Field(
        default=(), description="Container health check, e.g. [CMD, /nodejs/bin/node, health.js]."
    )

    def problems(self) -> Iterator[Problem]:
        if self.timeout_seconds >= self.interval_seconds:
            text = (
                f"{self.timeout_seconds} must be below intervalSeconds ({self.interval_seconds})."
            )
            yield Problem("timeoutSeconds", text)
