"""A scratch copy of this project, which is made a team's own by a file of answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from commands.init.answers import FILE
from commands.init.rename import tracked
from settings.project import ROOT
from tests.support.users_files import is_users

STACKS = ROOT / "tests/stacks"
ANSWERS = Path(__file__).parent / "answers"
NAMES = sorted(path.stem for path in ANSWERS.glob("*.yaml"))


def copy(folder: Path) -> Path:
    """The files that git knows, in a repository of their own; instead of those that users change
    the tests' own, and none that is rendered."""
    if (ROOT / FILE).is_file():
        pytest.skip("this clone has its own names: the original tests how it got them")
    for name in tracked(ROOT):
        if not is_users(ROOT / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    shutil.copytree(STACKS, folder, dirs_exist_ok=True)
    run(folder, "git", "init", "--quiet")
    run(folder, "git", "add", "--all")
    return folder


def run(folder: Path, *command: str) -> str:
    """Errors: AssertionError with what the command wrote."""
    variables = {**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def python(folder: Path, *arguments: str) -> str:
    """With the copy's own code."""
    return run(folder, sys.executable, *arguments)


def preview(folder: Path, stack: str) -> Mapping[str, Any]:
    command = ("-m", "commands.preview", "--stack", stack, "--engine", "process", "--json")
    return json.loads(python(folder, *command))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(name): (folder / name).read_bytes() for name in tracked(folder)}
