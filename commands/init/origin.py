"""The clone's own repository on GitHub, as git knows it."""

from __future__ import annotations

from pathlib import Path

from commands.git import origin_on_github
from commands.init.answers import FILE
from settings.stack_file import project_name


def own_origin(project: Path) -> tuple[str, str] | None:
    """Owner and name; None where git knows none, or the one that this is a clone of."""
    found = origin_on_github(project)
    is_own = (project / FILE).is_file() or found is None or found[1] != project_name(project)
    return found if is_own else None
