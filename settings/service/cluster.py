"""The cluster section of the stack config."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from settings.section import Section


class ClusterSettings(Section):
    """The ECS cluster."""

    exec: bool = Field(
        default=False,
        description="ECS Exec for all services, logged: true/false. Its agent has to write: "
        "root file systems are not read-only then.",
    )
    container_insights: Literal["disabled", "enabled", "enhanced"] = Field(
        default="enabled",
        description="disabled, enabled or enhanced; scaling by queue needs one of the last two.",
    )
