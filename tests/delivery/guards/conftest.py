from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from settings.project import ROOT
from tests.delivery.github_server import Repository, github
from tests.delivery.stack import Run, run

PROJECT = """\
name: plataforma
runtime: {name: python, options: {virtualenv: .venv}}
"""
PROGRAM = """\
import pulumi

config = pulumi.Config()
if config.get_bool("fails"):
    raise ValueError("on purpose")
while config.get_bool("hangs"):
    pass
"""


@dataclass
class Deployed:
    """A small stack `prod` of a repository, deployed by the real CLI."""

    cli: Path
    folder: Path

    def commit(self, name: str) -> str:
        self.git("commit", "--quiet", "--allow-empty", "--message", name)
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def up(self, *more: str, code: int = 0) -> None:
        line = ["up", "--yes", "--skip-preview", "--stack", "prod", *more]
        assert self.pulumi(*line).returncode == code

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(str(self.cli), *arguments, "--non-interactive")

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
        done = self.run("git", *who, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    def delivery(self, command: str, *arguments: str) -> Run:
        return run([command, "--stack", "prod", "--project", str(self.folder), *arguments])


@pytest.fixture
def deployed(pulumi_cli: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """Not deployed yet: one commit, and an empty stack."""
    folder, state = tmp_path / "clone", tmp_path / "state"
    folder.mkdir()
    state.mkdir()
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / ".gitignore").write_text(".venv\nPulumi.*.yaml\n__pycache__\n")
    for name, value in {
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_CONFIG_PASSPHRASE": "of the test alone",
    }.items():
        monkeypatch.setenv(name, value)
    made = Deployed(pulumi_cli, folder)
    made.git("init", "--quiet", "--initial-branch", "main")
    made.git("add", ".")
    made.commit("first")
    assert made.pulumi("stack", "init", "prod").returncode == 0
    return made


@pytest.fixture
def repository() -> Iterator[Repository]:
    with github() as served:
        yield served
