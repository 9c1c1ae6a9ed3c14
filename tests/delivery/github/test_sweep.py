"""The sweep of environments."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.delivery.github.runs import REPO, run_on, write_json
from tests.delivery.github_server import Repository
from tests.delivery.stack import FakeClock, Run

LONG_AGO = (datetime.now(UTC) - timedelta(days=30)).isoformat()
TODAY = datetime.now(UTC).isoformat()
STACKS = [
    {"name": "staging", "lastUpdate": LONG_AGO},
    {"name": "acme/plataforma/prod", "lastUpdate": LONG_AGO},
    {"name": "pr1", "lastUpdate": TODAY},
    {"name": "acme/plataforma/pr2", "lastUpdate": TODAY},
    {"name": "pr3", "lastUpdate": LONG_AGO},
    {"name": "pr4", "lastUpdate": TODAY, "updateInProgress": True},
    {"name": "pr5", "lastUpdate": TODAY},
    {"name": "pr6-copy", "lastUpdate": LONG_AGO},
    {"name": "PR7"},
    {"name": "pr07"},
    {"name": "xpr8"},
]
USER = pwd.getpwuid(os.getuid()).pw_name
ORPHANS = ["acme/plataforma/pr2", "pr3", "pr5"]


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `pulumi` that logs its calls, and fails those that contain $FAILS."""
    log, program = tmp_path / "calls", tmp_path / "bin/pulumi"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {log}\n'
        'case "$*" in *"$FAILS"*) echo "error: no" >&2; exit 1;; esac\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAILS", "nothing")
    return log


def _sweep(
    repository: Repository,
    folder: Path,
    *more: str,
    environment: Mapping[str, str] | None = None,
    clock: FakeClock | None = None,
) -> Run:
    repository.pulls = {1: "open", 2: "closed", 3: "open", 4: "closed"}  # 5 never was
    stacks = write_json(folder / "stacks.json", STACKS)
    arguments = ("sweep", "--stacks", str(stacks), *REPO, *more)
    return run_on(repository, *arguments, more=environment or {}, clock=clock)


def test_the_sweep_lists_and_touches_nothing(
    repository: Repository, tmp_path: Path, calls: Path
) -> None:
    done = _sweep(repository, tmp_path)
    assert done.code == 0, done.said
    reported = [line.partition(": ")[0] for line in done.out.splitlines() if ": orphaned: " in line]
    assert reported == ORPHANS
    assert "3 to destroy" in done.out
    assert not calls.exists()


def test_the_sweep_destroys_orphans_alone(
    repository: Repository, tmp_path: Path, calls: Path
) -> None:
    done = _sweep(repository, tmp_path, "--run")
    assert done.code == 0, done.said
    assert calls.read_text().splitlines() == [
        line
        for name in ORPHANS
        for line in (
            f"destroy --yes --skip-preview --stack {name} --non-interactive",
            f"stack rm --yes --stack {name} --non-interactive",
        )
    ]


def test_a_failure_does_not_stop_the_others(
    repository: Repository, tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILS", "pr2")
    done = _sweep(repository, tmp_path, "--run")
    assert done.code == 1
    assert "1 of 3 were not destroyed: acme/plataforma/pr2" in done.err
    lines = calls.read_text()
    assert "stack rm --yes --stack acme/plataforma/pr2" not in lines
    assert "stack rm --yes --stack pr5" in lines


def test_nothing_is_destroyed_where_github_does_not_answer(
    repository: Repository, tmp_path: Path, calls: Path
) -> None:
    repository.refusals = [(500, {})] * 20
    done = _sweep(repository, tmp_path, "--run")
    assert done.code == 1
    assert not calls.exists()


def test_without_its_label_an_environment_is_swept_though_its_pull_request_is_open(
    repository: Repository, tmp_path: Path
) -> None:
    repository.unlabelled = {1}
    done = _sweep(repository, tmp_path)
    assert "pr1: orphaned: pull request 1 has no label environment" in done.out


def test_closing_destroys_one_environment_without_asking_github(
    repository: Repository, tmp_path: Path, calls: Path
) -> None:
    done = _sweep(repository, tmp_path, "--run", "--only", "1", "--closing")
    assert done.code == 0, done.said
    assert "--stack pr1 " in calls.read_text()
    done_to_it = [line.partition(" --")[0] for line in calls.read_text().splitlines()]
    assert done_to_it == ["destroy", "stack rm"]
    assert not repository.requests


@pytest.mark.parametrize(
    ("owner", "since", "expected"),
    [
        (USER, LONG_AGO, ["cancel", "destroy", "stack rm"]),
        (USER, TODAY, []),
        ("somebody", LONG_AGO, []),
    ],
    ids=["old", "of today", "of somebody else"],
)
def test_a_lock_that_has_outlived_its_job_is_taken_away_first_and_no_other(
    repository: Repository,
    tmp_path: Path,
    calls: Path,
    owner: str,
    since: str,
    expected: list[str],
) -> None:
    _lock(tmp_path, owner, since)
    done = _sweep(repository, tmp_path, *UNLOCK, environment=_backend(tmp_path))
    assert done.code == (0 if expected else 1), done.said
    lines = calls.read_text().splitlines() if calls.exists() else []
    assert [line.partition(" --")[0] for line in lines] == expected
    assert f"{owner}@another (pid 1) since {since[:10]}" in done.said


def test_a_run_that_still_deploys_is_waited_for(
    repository: Repository, tmp_path: Path, calls: Path
) -> None:
    lock, clock = _lock(tmp_path, USER, TODAY), FakeClock()
    clock.meanwhile = [lambda: None, lock.unlink]
    done = _sweep(repository, tmp_path, *UNLOCK, environment=_backend(tmp_path), clock=clock)
    assert done.code == 0, done.said
    done_to_it = [line.partition(" --")[0] for line in calls.read_text().splitlines()]
    assert done_to_it == ["destroy", "stack rm"]


UNLOCK = ("--run", "--only", "2", "--unlock")


def _lock(folder: Path, owner: str, since: str) -> Path:
    lock = folder / "state/.pulumi/locks/organization/plataforma/pr2/1.json"
    lock.parent.mkdir(parents=True)
    content = {"pid": 1, "username": owner, "hostname": "another", "timestamp": since}
    return write_json(lock, content)


def _backend(folder: Path) -> dict[str, str]:
    return {"PULUMI_BACKEND_URL": f"file://{folder / 'state'}"}


def test_a_job_s_matrix_gets_the_pull_requests_of_the_orphans(
    repository: Repository, tmp_path: Path, calls: Path
) -> None:
    file = tmp_path / "numbers.json"
    assert _sweep(repository, tmp_path, "--numbers", str(file)).code == 0
    assert json.loads(file.read_text()) == ["2", "3", "5"]
    kept = ("--only", "1", "--run", "--numbers", str(file))
    assert _sweep(repository, tmp_path, *kept).code == 0
    assert json.loads(file.read_text()) == []
    assert not calls.exists()
