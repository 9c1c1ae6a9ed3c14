"""The plan of a committed version of the project: its own program, with its own stack file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from commands.git import git
from delivery.previews import process
from settings import stack_file
from simulation.changes.comparison import with_contexts
from simulation.plan import Plan


class NotComparedError(Exception):
    """Why there is nothing to compare with."""


@dataclass(frozen=True)
class Commit:
    """`name`: what the user calls it and its short hash, as `HEAD (1a2b3c4)`."""

    name: str
    hash: str


@dataclass(frozen=True)
class Committed:
    """A plan, and the encrypted values of its stack file by path."""

    plan: Plan
    ciphertexts: Mapping[str, str]


def find(reference: str, project_dir: Path) -> Commit:
    """Errors: NotComparedError."""
    commit = _git(project_dir, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    return Commit(f"{reference} ({commit[:7]})", commit)


def is_unchanged(commit: Commit, project_dir: Path) -> bool:
    """Whether the working tree is that of the commit, new files included."""
    changed = _git(project_dir, "diff", "--name-only", commit.hash, "--", ".")
    return not changed and not _git(project_dir, "ls-files", "--others", "--exclude-standard")


@contextmanager
def planning(commit: Commit, stack: str, project_dir: Path) -> Generator[Callable[[], Committed]]:
    """Begins to plan the tree of a commit, in a process of its own; what it gives waits for that.

    Errors: NotComparedError, of either.
    """
    with (
        _exported(commit, project_dir) as tree,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as said,
    ):
        if not stack_file.path_of(stack, tree).is_file():
            raise NotComparedError(f"{commit.name} has no {stack_file.file_name(stack)}")
        try:
            owner = _owner(stack, tree)
        except stack_file.StackFileError as error:
            raise NotComparedError(_unplanned(commit, str(error))) from None
        if owner != _owner(stack, project_dir):
            raise NotComparedError(f"{commit.name} is of {owner}, another stack")
        line = [sys.executable, "-m", "commands.preview", "--json", "--engine", "process"]
        planner = subprocess.Popen([*line, "--stack", stack], cwd=tree, stdout=out, stderr=said)

        def result() -> Committed:
            planner.wait()
            out.seek(0)
            said.seek(0)
            try:
                plan = process.read(json.load(out))
            except (json.JSONDecodeError, ValidationError):
                reason = said.read().strip() or f"exit code {planner.returncode}"
                raise NotComparedError(_unplanned(commit, reason)) from None
            return Committed(with_contexts(plan, tree), ciphertexts(stack, tree))

        try:
            yield result
        finally:
            planner.kill()
            planner.wait()


def _unplanned(commit: Commit, said: str) -> str:
    """What a commit's own planning said, by its first problem."""
    lines = said.splitlines()
    is_trace = lines[0].startswith("Traceback")
    listed = [line.strip() for line in lines if line.startswith("  ") and not is_trace]
    first = listed[0] if listed else lines[-1].removeprefix("preview: ")
    more = f" (and {len(listed) - 1} more)" if len(listed) > 1 else ""
    return f"{commit.name} itself cannot be planned: {first}{more}"


def _owner(stack: str, project_dir: Path) -> str:
    """Project and account: with another one the stack is another, beside the first."""
    project = stack_file.project_name(project_dir)
    content = stack_file.load(stack_file.find(stack, project_dir))
    config = stack_file.config_in(content, stack, project)
    return f"project {project} in account {config.get(f'{project}:account')}"


def ciphertexts(stack: str, project_dir: Path) -> dict[str, str]:
    """The encrypted values of a stack file by path: a plan does not tell one from another."""
    content = stack_file.load(stack_file.find(stack, project_dir))
    return dict(_encrypted(content.get("config"), ""))


def _encrypted(value: Any, path: str) -> Generator[tuple[str, str]]:
    if not isinstance(value, Mapping):
        return
    if set(value) == {"secure"}:
        yield path, str(value["secure"])
        return
    for key, item in value.items():
        yield from _encrypted(item, f"{path}.{key}" if path else str(key))


@contextmanager
def _exported(commit: Commit, project_dir: Path) -> Generator[Path]:
    """A copy of the project as it was committed: neither the index nor a branch is touched."""
    prefix = _git(project_dir, "rev-parse", "--show-prefix")
    with tempfile.TemporaryDirectory() as folder:
        tree, index = Path(folder, "tree"), Path(folder, "index")
        tree.mkdir()
        own = {"GIT_INDEX_FILE": str(index)}
        _git(project_dir, "read-tree", f"{commit.hash}:{prefix}", variables=own)
        top = Path(_git(project_dir, "rev-parse", "--show-toplevel"))
        _git(top, "checkout-index", "--all", f"--prefix={tree}{os.sep}", variables=own)
        yield tree


def _git(folder: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> str:
    return git(folder, *arguments, raises=NotComparedError, variables=variables)
