"""Stack files, and what is rendered from them, belong to the project's users: whatever these change
in them, no test may notice but those of tests/project/."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from settings.project import ROOT

THEIRS = re.compile(
    r"(bootstrap/)?Pulumi\.[^/.]+\.yaml|infra/pull-request\.yml|infra/aws/[^/]+\.json"
)
MAY_READ = ROOT / "tests/project"


class ReadUsersFileError(AssertionError):
    """A test that any edit of a stack file may break."""


class _Guard:
    open = True


_guard = _Guard()


def watch() -> None:
    """From now on."""
    sys.addaudithook(_on_event)


def begin(test: Path) -> None:
    """The test of this file begins."""
    _guard.open = test.is_relative_to(MAY_READ)


def is_users(path: Path) -> bool:
    absolute = path if path.is_absolute() else Path.cwd() / path
    return absolute.is_relative_to(ROOT) and bool(
        THEIRS.fullmatch(absolute.relative_to(ROOT).as_posix())
    )


def left_out(*patterns: str) -> Callable[[str, list[str]], set[str]]:
    """For shutil.copytree's `ignore`: these files, and what matches `patterns`."""
    matching = shutil.ignore_patterns(*patterns)

    def ignored(folder: str, names: list[str]) -> set[str]:
        users = {name for name in names if is_users(Path(folder) / name)}
        return matching(folder, names) | users

    return ignored


def _on_event(event: str, arguments: tuple[object, ...]) -> None:
    if event != "open" or _guard.open or not isinstance(arguments[0], str):
        return
    if arguments[0].endswith((".yaml", ".yml", ".json")) and is_users(Path(arguments[0])):
        raise ReadUsersFileError(
            f"a test reads {arguments[0]}, which users change: read that of tests/stacks/, by "
            "tests/support/stacks.py"
        )
