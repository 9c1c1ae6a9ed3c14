"""The migrations section of the stack config."""

from __future__ import annotations

from pydantic import Field

from settings.section import Name, Section


class MigrationSettings(Section):
    """A one-off task with the image, network and secrets of a service."""

    service: Name = Field(default="backend", description="The service whose image it runs.")
    command: tuple[str, ...] = Field(
        default=("node", "dist/migrate.js"), min_length=1, description="Command and arguments."
    )
