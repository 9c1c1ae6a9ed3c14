"""The rollout of a service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from settings.problems import Problem
from settings.section import Section

Strategy = Literal["rolling", "codedeploy", "blue-green"]


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
