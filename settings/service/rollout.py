"""The rollout of a service, how long it takes because of the settings, and how long it is waited
for: by Pulumi (the provider's timeouts), by `delivery rollout`, and by the pipeline's job."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from settings.problems import Problem
from settings.section import Section
from settings.service.health import Health

Strategy = Literal["rolling", "codedeploy", "blue-green"]

START_SECONDS = 20
"""Fargate pulls a small image and starts its container."""
UNHEALTHY_MINUTES = 3
LATENCY_MINUTES = 5
"""Of the alarms on a service's responses that roll a deployment back."""
WAITS = 3
"""A healthy deployment, one that fails, and its rollback."""
MARGIN_SECONDS = 600
"""For pulling images, starting and capacity."""
LEAST_TIMEOUT_SECONDS = 20 * 60
"""terraform-provider-aws waits as long for each operation on a service by default."""
MOST_WAIT_SECONDS = 70 * 60
"""So that the longest wait, after that for a healthy deployment, ends within a job of GitHub, which
runs for at most 6 hours: GitHub Docs, "Actions limits". tests/delivery/test_waits.py adds up."""


class RolloutSettings(Section):
    """How a new task definition replaces the old one."""

    strategy: Strategy = Field(
        default="rolling",
        description="rolling, codedeploy (blue/green run by CodeDeploy) or blue-green (by ECS).",
    )
    shift: Literal["all-at-once", "canary", "linear"] = Field(
        default="all-at-once", description="How traffic moves: all-at-once, canary or linear."
    )
    percent: int = Field(
        default=10, ge=3, le=50, description="Canary's share or linear step, percent, 3 to 50."
    )
    step_minutes: int = Field(
        default=5, ge=1, le=1440, description="Minutes between steps, 1 to 1440."
    )
    bake_minutes: int = Field(
        default=5, ge=0, le=1440, description="Minutes that the old tasks stay after the shift."
    )

    def problems(self) -> Iterator[Problem]:
        if self.strategy == "rolling" and self.shift != "all-at-once":
            yield Problem("shift", f"{self.shift} needs strategy codedeploy or blue-green.")


def drain_seconds(health: Health, stop_timeout_seconds: int, *, has_route: bool) -> int:
    return stop_timeout_seconds + (health.deregistration_delay_seconds if has_route else 0)


def deployment_seconds(health: Health, rollout: RolloutSettings) -> int:
    """Of a healthy deployment of one batch of tasks behind a load balancer, without its drain.

    New tasks start and pass their checks, traffic shifts and bakes, ECS watches the alarms. The
    time that the application itself needs to start or to finish comes on top.
    """
    healthy = health.interval_seconds * health.healthy_threshold
    return START_SECONDS + healthy + _shift_seconds(health, rollout)


def timeout_seconds(wait_seconds: int) -> int:
    """How long to wait for a deployment that takes `wait_seconds` when it is healthy."""
    return max(LEAST_TIMEOUT_SECONDS, WAITS * wait_seconds + MARGIN_SECONDS)


def unhealthy_minutes(health: Health) -> int:
    """A task may fail its checks while it starts: an alarm on that would roll each deployment of a
    slow service back."""
    return UNHEALTHY_MINUTES + math.ceil(health.grace_period_seconds / 60)


def _shift_seconds(health: Health, rollout: RolloutSettings) -> int:
    if rollout.strategy == "rolling":
        # ECS goes on watching the alarms, for a time that it computes from them and does not tell:
        # taken as the longest that one needs to go off. Source: Amazon ECS Developer Guide, "How
        # CloudWatch alarms detect Amazon ECS deployment failures".
        return 60 * max(unhealthy_minutes(health), LATENCY_MINUTES)
    steps = {
        "all-at-once": 0,
        "canary": 1,
        "linear": math.ceil(100 / rollout.percent) - 1,
    }[rollout.shift]
    return 60 * (steps * rollout.step_minutes + rollout.bake_minutes)
