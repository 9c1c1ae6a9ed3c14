"""Edits of stack files, and copies of this repository to make them in."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from delivery.stack_files.environment_file import OVERLAY, patched
from settings import stack_file
from settings.problems import NAMESPACE
from settings.project import ROOT
from tests.support.stacks import FILES
from tests.support.users_files import is_users

STACK_FILES = ("Pulumi.*.yaml", "bootstrap/Pulumi.*.yaml", "infra/pull-request.yml")
OF = {"account": "bootstrap/Pulumi.account.yaml"}
Edit = Mapping[str, Any]


def apply(edit: Edit, project: Path) -> None:
    """Gives a project the stack files of the tests, with the edit."""
    for pattern in STACK_FILES:
        for file in project.glob(pattern):
            file.unlink()
    ignored = shutil.ignore_patterns("Pulumi.yaml")
    shutil.copytree(FILES, project, ignore=ignored, dirs_exist_ok=True)
    for name, source in edit.get("copy", {}).items():
        shutil.copy(project / source, project / name)
    for name in edit.get("delete", ()):
        (project / name).unlink()
    for pattern in STACK_FILES:
        for file in project.glob(pattern):
            file.write_text(_replaced(file.read_text(), edit.get("replace", {})))
    for stack in ("staging", "prod", "qa", "account"):
        file = project / OF.get(stack, f"Pulumi.{stack}.yaml")
        if stack in ("staging", "prod"):
            _patch(file, edit.get("both", {}))
        _patch(file, edit.get(stack, {}))
    if "overlay" in edit:
        _write(project / OVERLAY, patched(stack_file.load(project / OVERLAY), edit["overlay"]))


def lines(edit: Edit) -> int:
    """The most lines of YAML that one file gets by an edit."""
    both = edit.get("both", {})
    files = [{**both, **edit.get(stack, {})} for stack in ("staging", "prod")]
    files += [edit.get(file, {}) for file in ("qa", "account", "overlay")]
    written = [yaml.safe_dump(file, width=100, default_flow_style=None) for file in files if file]
    return max([len(edit.get("replace", ())), *(text.count("\n") for text in written)])


def _replaced(text: str, texts: Mapping[str, str]) -> str:
    for old, new in texts.items():
        text = text.replace(old, new)
    return text


def _patch(file: Path, changes: Mapping[str, Any]) -> None:
    if changes:
        content = stack_file.load(file)
        changed = {f"{NAMESPACE}:{key}": value for key, value in changes.items()}
        _write(file, {**content, "config": patched(content["config"], changed)})


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(yaml.safe_dump(dict(content), sort_keys=False))


@dataclass(frozen=True)
class Clone:
    """A copy of this repository as git knows it, without the users' files."""

    path: Path

    def apply(self, edit: Edit) -> None:
        self._git("clean", "--quiet", "-fd")
        apply(edit, self.path)
        self.run("commands.render.taskdefs")
        self._git("add", "--all")

    def run(self, *arguments: str) -> str:
        """What a module of the copy printed. Errors: AssertionError with it."""
        line = [str(self.path / ".venv/bin/python"), "-m", *arguments]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        done = subprocess.run(
            line, cwd=self.path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.path, check=True)


def clone(path: Path) -> Clone:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not is_users(ROOT / name):
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, path / name)
    (path / ".venv").symlink_to(ROOT / ".venv")
    subprocess.run(["git", "init", "--quiet"], cwd=path, check=True)
    (path / ".git/info/exclude").write_text(".venv\n")
    subprocess.run(["git", "add", "--all"], cwd=path, check=True)
    return Clone(path)
