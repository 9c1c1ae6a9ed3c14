"""A command of make says first which program is missing or too old, and what to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from commands import tools
from commands.local.containers import find_stack
from commands.tasks.engine import TaskError, find_engine
from settings.project import ROOT


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def answer(folder: Path, name: str, answers: dict[str, str]) -> None:
    """A program that knows these arguments alone, and fails with others."""
    cases = "".join(f"'{given}') echo '{said}' ;;\n" for given, said in answers.items())
    file = folder / name
    file.write_text(f'#!/bin/sh\ncase "$*" in\n{cases}*) exit 1 ;;\nesac\n')
    file.chmod(0o755)


NPM = {"--version": "10.9.4"}
COMPOSE = {"--version": "Docker version 29.1.0, build 1", "compose version --short": "5.0.0"}


def test_what_is_here_is_shown_with_its_version(programs: Path):
    answer(programs, "node", {"--version": "v22.21.1"})
    answer(programs, "npm", NPM)
    answer(programs, "pulumi", {"version": "v999.0.0-dev.0"})
    answer(programs, "docker", COMPOSE | {"info": "Server:"})
    assert [str(check()) for check in tools.TOOLS.values()][1:] == [
        "Node: 22.21.1",
        "Pulumi CLI: 999.0.0",
        "Docker: 29.1.0 with Compose 5.0.0",
    ]
    assert list(tools.problems(list(tools.TOOLS))) == []


@pytest.mark.parametrize(
    ("name", "found", "text"),
    [
        ("node", {}, "Node: not on PATH. Node "),
        ("node", {"node": {"--version": "v20.20.2"}}, "Node: 20.20.2 is on PATH. Node "),
        ("node", {"node": {"--version": "v99.0.0"}}, "Node: npm is not on PATH"),
        ("pulumi", {}, "Pulumi CLI: not on PATH. "),
        ("pulumi", {"pulumi": {"version": "v3.9.1"}}, "Pulumi CLI: 3.9.1 is on PATH. "),
        ("containers", {}, "Docker or Podman: not on PATH. "),
        ("containers", {"docker": COMPOSE}, "Docker: does not answer;"),
        (
            "containers",
            {"docker": {"info": "Server:"}},
            "Docker: has no Compose plugin.",
        ),
    ],
)
def test_what_is_wrong_is_one_line(
    programs: Path, name: str, found: dict[str, dict[str, str]], text: str
):
    for program, answers in found.items():
        answer(programs, program, answers)
    lines = [str(tool) for tool in tools.problems([name])]
    assert len(lines) == 1
    assert lines[0].startswith(text)


def test_podman_does_where_docker_is_not(programs: Path):
    answer(programs, "docker", COMPOSE)
    answer(programs, "podman", {"--version": "podman version 4.3.1"})
    assert find_engine("any", programs).name == "podman"


def test_a_compose_that_somebody_has_built_will_do(programs: Path):
    answer(programs, "docker", {"compose version --short": "dev", "info": "Server:"})
    answer(programs, "podman", {"--version": "podman version 4.3.1"})
    assert find_engine("any", programs).name == "docker"


def test_a_variable_decides_between_two_engines(programs: Path, monkeypatch: pytest.MonkeyPatch):
    answer(programs, "docker", COMPOSE | {"info": "Server:"})
    answer(programs, "podman", {"--version": "podman version 4.3.1"})
    assert find_stack(programs).engine == find_engine("any", programs).name == "docker"
    monkeypatch.setenv("CONTAINER_ENGINE", "podman")
    assert find_engine("any", programs).name == "podman"


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("podman", "Podman: not on PATH. "),
        ("containerd", "CONTAINER_ENGINE: 'containerd' is neither docker nor podman."),
    ],
)
def test_an_engine_that_is_asked_for_and_not_there_is_said(
    programs: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, text: str
):
    answer(programs, "docker", COMPOSE | {"info": "Server:"})
    monkeypatch.setenv("CONTAINER_ENGINE", wanted)
    with pytest.raises(TaskError, match="^" + re.escape(text)):
        find_engine("any", programs)


def make(target: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """With the folder's programs before all others."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    return subprocess.run(
        ["make", *target.split(), f"PYTHON={sys.executable}"],
        cwd=ROOT,
        env=environment | {"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("test-apps", "Node: 20.20.2 is on PATH."),
        ("preview ENGINE=pulumi", "Pulumi CLI: 3.9.1 is on PATH."),
        ("status", "Pulumi CLI: 3.9.1 is on PATH."),
        ("logs SERVICE=backend", "Pulumi CLI: 3.9.1 is on PATH."),
        ("run JOB=report", "Pulumi CLI: 3.9.1 is on PATH."),
        ("exec SERVICE=backend", "Pulumi CLI: 3.9.1 is on PATH."),
    ],
)
def test_make_checks_before_it_installs_or_tests_anything(tmp_path: Path, target: str, said: str):
    answer(tmp_path, "node", {"--version": "v20.20.2"})
    answer(tmp_path, "pulumi", {"version": "v3.9.1"})
    done = make(target, tmp_path)
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.splitlines()[0].startswith(said)


@pytest.mark.parametrize(
    "target",
    ["secret NAME=KEY", "logs SERVICE=backend", "run JOB=report", "status", "exec SERVICE=a"],
)
def test_make_says_which_backend_holds_the_state(tmp_path: Path, target: str):
    asked = "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions"
    cli = f"#!/bin/sh\n[ $1 = version ] && echo v999.0.0 && exit\necho '{asked}' >&2\nexit 3\n"
    (tmp_path / "pulumi").write_text(cli)
    (tmp_path / "pulumi").chmod(0o755)
    done = make(target, tmp_path)
    assert done.returncode != 0
    assert done.stdout == ""
    first = done.stderr.splitlines()[0]
    assert first.startswith("Pulumi's backend: none is given. export PULUMI_BACKEND_URL='s3://")
    assert "make bootstrap" in first


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("logs", "*** SERVICE or JOB is missing: `make help` shows how to give it"),
        ("run", "*** SERVICE or JOB is missing"),
        ("exec", "*** SERVICE is missing"),
        ("roll-local", "*** SERVICE is missing"),
        ("run-tasks", "*** JOB is missing"),
        ("environment", "*** NAME is missing"),
        ("secret", "*** NAME is missing"),
        ("preview STACK=", "*** STACK is empty: give it the name of a stack"),
        ("previw", "*** There is no previw. Did you mean make preview? `make help` lists all"),
        ("--dry-run test TIER=slow", "*** TIER is fast, servers or engine, not slow"),
    ],
)
def test_make_says_which_target_or_variable_is_missing_or_wrong(
    tmp_path: Path, target: str, said: str
):
    done = make(target, tmp_path)
    assert done.returncode != 0
    assert done.stdout == ""
    assert said in done.stderr
