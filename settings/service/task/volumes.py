"""Where a service's container has the files of its volumes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from settings.problems import Problem

MountPath = Annotated[
    str,
    Field(
        pattern=r"^(/[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*)+$",
        max_length=200,
        description="An absolute path such as /data, without / at the end.",
    ),
]
TAKEN = ("/dev", "/etc", "/proc", "/sys", "/tmp")
"""What the container's runtime mounts itself, and each task's own /tmp."""


def path_problems(volumes: Mapping[str, str]) -> Iterator[Problem]:
    """Of the paths of one container, by volume."""
    volume_at: dict[str, str] = {}
    for volume, path in volumes.items():
        key = f"volumes.{volume}"
        if any(f"{path}/".startswith(f"{taken}/") for taken in TAKEN):
            yield Problem(key, f"{path} is the system's own in each container: take another.")
        if (other := volume_at.setdefault(path, volume)) != volume:
            yield Problem(key, f"{path} is the path of {other} already: take another.")
