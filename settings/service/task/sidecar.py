"""Sidecars of a service: further containers of its task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from settings.problems import Problem, repeated
from settings.section import Section, VariableName
from settings.service.images import DIGEST

Condition = Literal["start", "healthy", "complete", "success"]


class SidecarSettings(Section):
    """One more container in each of the service's tasks, which reaches it at localhost. Its log is
    in the service's log group. The tasks of jobs and migrations have none."""

    image: str = Field(
        pattern=rf"^\S+/\S+@{DIGEST}$", description="A full reference with @sha256:."
    )
    command: tuple[str, ...] = Field(default=(), description="Instead of the image's command.")
    user: str = Field(
        default="1000",
        pattern=r"^[1-9]\d*(:\d+)?$",
        description='Numeric user of the container in quotes, not 0, e.g. "1000".',
    )
    environment: dict[VariableName, str] = Field(
        default_factory=dict[str, str], description="Variables in plain text."
    )
    secrets: tuple[VariableName, ...] = Field(
        default=(), description="Names under plataforma:secrets, set as environment variables."
    )
    essential: bool = Field(
        default=True,
        description="Whether its end ends the task: true, or false for one that prepares something "
        "and ends.",
    )
    health_command: tuple[str, ...] = Field(
        default=(), description="Container health check, e.g. [CMD, wget, -q, localhost:9000]."
    )

    def problems(self) -> Iterator[Problem]:
        for variable in repeated(self.secrets):
            yield Problem("secrets", f"{variable} is listed twice.")
        for variable in self.environment:
            if variable in self.secrets:
                text = "is also listed under secrets; a variable has one source."
                yield Problem(f"environment.{variable}", text)
