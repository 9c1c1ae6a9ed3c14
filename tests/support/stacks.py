"""The stack files of the tests, tests/stacks/: laid out as the project's own, which belong to its
users. No test but those of tests/project/ reads the project's own."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from settings import stack_config, stack_file
from settings.problems import NAMESPACE
from settings.project import PROGRAM, ROOT
from settings.stack_config import StackConfig

FILES = ROOT / "tests/stacks"
OVERLAY = FILES / "infra/pull-request.yml"
STACKS = ("staging", "prod")
_kept: list[TemporaryDirectory[str]] = []


def read(stack: str) -> StackConfig:
    """The config of a stack, its secrets simulated."""
    return stack_config.read(stack, FILES)


def account() -> StackConfig:
    """The config of the bootstrap project."""
    content = stack_file.load(FILES / "bootstrap/Pulumi.account.yaml")
    return stack_config.config_of(content, "account", NAMESPACE)


def copy(stack: str, folder: Path) -> Path:
    """A copy of a stack file that a test may change."""
    return Path(shutil.copy(FILES / stack_file.file_name(stack), folder))


@cache
def bare_project() -> Path:
    """A project of this program without a stack file, for configs that are no file."""
    _kept.append(TemporaryDirectory())
    folder = Path(_kept[-1].name)
    make_project(folder)
    return folder


def make_project(folder: Path, *stacks: str) -> None:
    """A project of this program with copies of the files of `stacks`."""
    for name in (*PROGRAM, ".venv", "images", "monitoring"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    for stack in stacks:
        copy(stack, folder)
