"""Comments, drift issues and the sweep, against a small stand-in for GitHub's REST API."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delivery.commands.comment import MARKER
from delivery.commands.drift import marker
from tests.delivery.cli_previews import cli_preview, step
from tests.delivery.github_server import TOKEN, Repository, github
from tests.delivery.stack import FakeClock, Run, run

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
BUCKET = "aws:s3/bucket:Bucket"
REPO = ("--repo", "acme/plataforma")


@pytest.fixture
def repository() -> Iterator[Repository]:
    with github() as served:
        yield served


@pytest.fixture
def preview(tmp_path: Path) -> Path:
    changed = step("update", ALARM, "cpu", old={"threshold": 1}, new={"threshold": 2})
    return _written(tmp_path / "preview.json", cli_preview([changed]))


def _written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _run(repository: Repository, *arguments: str, token: str = TOKEN) -> Run:
    environment = {"GITHUB_API_URL": repository.url, "GITHUB_TOKEN": token}
    return run(list(arguments), environment=environment)


def _post(repository: Repository, preview: Path, *more: str, token: str = TOKEN) -> Run:
    given = ("comment", "--preview", str(preview), "--post", "--pr", "7", *REPO, *more)
    return _run(repository, *given, token=token)


def test_one_comment_is_made_and_then_updated(repository: Repository, preview: Path) -> None:
    assert _post(repository, preview).code == 0
    (made,) = repository.comments[7]
    assert made["body"].startswith(MARKER)
    made["body"] = f"{MARKER}\nstale"
    assert _post(repository, preview).code == 0
    assert len(repository.comments[7]) == 1
    assert "stale" not in made["body"]


def test_it_is_found_behind_many_others(repository: Repository, preview: Path) -> None:
    for number in range(150):
        repository.comment(7, f"chat {number}")
    own = repository.comment(7, f"{MARKER}\nstale")
    assert _post(repository, preview).code == 0
    assert "stale" not in own["body"]


def test_anothers_comment_with_the_marker_is_left_alone(
    repository: Repository, preview: Path
) -> None:
    theirs = repository.comment(7, f"{MARKER}\nhello", {"login": "mallory"})
    assert _post(repository, preview).code == 0
    assert theirs["body"] == f"{MARKER}\nhello"
    assert len(repository.comments[7]) == 2


def test_a_dry_run_posts_nothing(repository: Repository, preview: Path) -> None:
    done = _post(repository, preview, "--dry-run")
    assert "would be comment made" in done.out
    assert {method for method, _ in repository.asked} == {"GET"}


def test_github_refuses(repository: Repository, preview: Path) -> None:
    repository.refuse = [(403, {})]
    done = _post(repository, preview)
    assert done.code == 1
    assert "GitHub answers 403: refused. The job lacks a permission: pull-requests" in done.err
    assert TOKEN not in done.said


def test_github_is_tried_again(repository: Repository, preview: Path) -> None:
    repository.refuse = [(502, {}), (429, {"Retry-After": "7"})]
    clock = FakeClock()
    environment = {"GITHUB_API_URL": repository.url, "GITHUB_TOKEN": TOKEN}
    given = ["comment", "--preview", str(preview), "--post", "--pr", "7", *REPO]
    assert run(given, environment=environment, clock=clock).code == 0
    assert clock.seconds == 2 + 7
    assert len(repository.comments[7]) == 1


def test_a_comment_is_not_made_twice(repository: Repository, preview: Path) -> None:
    """A POST that failed may have been taken."""
    repository.comment(7, "chat")
    repository.refuse = []
    answer = repository.answer

    def breaks(method: str, path: str, sent: object) -> tuple[int, object]:
        return (502, {"message": "bad gateway"}) if method == "POST" else answer(method, path, sent)

    repository.answer = breaks  # type: ignore[method-assign]
    assert _post(repository, preview).code == 1
    assert [method for method, _ in repository.asked].count("POST") == 1


def test_what_lacks_is_said_at_once(preview: Path) -> None:
    done = run(["comment", "--preview", str(preview), "--post", "--pr", "7"], environment={})
    assert done.code == 2
    assert "--repo owner/name" in done.err
    assert "GITHUB_TOKEN is not set" in done.err


# The environment of a pull request


def _announce(repository: Repository, brought_up: str, taken_down: str, url: str = "") -> Run:
    ended = ("--brought-up", brought_up, "--taken-down", taken_down, "--url", url)
    given = ("announce", "--pr", "7", *ended, "--commit", "0123456789abcdef", *REPO)
    return _run(repository, *given, "--run-url", "https://github.example/run/1")


@pytest.mark.parametrize(
    ("brought_up", "taken_down", "said"),
    [
        ("success", "skipped", "`0123456789ab`: https://pr7.example.com"),
        ("failure", "skipped", "`0123456789ab` is not as asked"),
        ("skipped", "skipped", "is not as asked"),
        ("skipped", "success", "pr7 is removed."),
        ("skipped", "failure", "is not wholly removed"),
        ("skipped", "cancelled", "is not wholly removed"),
    ],
)
def test_one_comment_says_how_the_environment_is(
    repository: Repository, brought_up: str, taken_down: str, said: str
) -> None:
    url = "https://pr7.example.com"
    assert _announce(repository, "success", "skipped", url).code == 0
    done = _announce(repository, brought_up, taken_down, url)
    assert done.code == 0, done.said
    (comment,) = repository.comments[7]
    assert said in comment["body"]
    assert "[What happened](https://github.example/run/1)" in comment["body"]


def test_an_environment_that_is_up_has_an_address(repository: Repository) -> None:
    done = _announce(repository, "success", "skipped")
    assert (done.code, repository.comments) == (2, {})
    assert "--url https://" in done.err


# Drift


def _drift(repository: Repository, *files: Path, more: tuple[str, ...] = ()) -> Run:
    return _run(repository, "drift", "--preview", *map(str, files), *REPO, *more)


def test_drift_opens_updates_and_closes_one_issue(repository: Repository, tmp_path: Path) -> None:
    gone = [
        step("delete", BUCKET, "logs", old={"bucket": "b"}),
        step("create", BUCKET, "logs", new={"bucket": "b"}),
    ]
    drifted = _written(tmp_path / "drifted.json", cli_preview(gone))
    clean = _written(tmp_path / "clean.json", cli_preview([], same=9))

    assert "no drift, no issue" in _drift(repository, clean).out
    assert not repository.issues

    assert "issue 1 opened" in _drift(repository, drifted).out
    (issue,) = repository.issues
    assert issue["title"] == "Drift in staging"
    assert issue["labels"] == ["drift"]
    assert issue["body"].startswith(marker("staging"))
    assert "it is missing from the account, and would be created again" in issue["body"]
    assert "This destroys data" not in issue["body"]

    issue["body"] = f"{marker('staging')}\nstale"
    assert "issue 1 updated" in _drift(repository, drifted).out
    assert "stale" not in issue["body"]

    assert "issue 1 closed" in _drift(repository, clean).out
    assert issue["state"] == "closed"
    assert "The drift is gone" in repository.comments[1][0]["body"]


def test_what_someone_deleted_by_hand(repository: Repository) -> None:
    """The real engine's own refresh preview: an alarm of the state is no longer there."""
    done = _drift(repository, Path(__file__).parent / "previews/drift.json")
    assert "issue 1 opened" in done.out
    gone = "`worker-cpu` (`aws:cloudwatch/metricAlarm:MetricAlarm`); it is missing from the account"
    assert gone in repository.issues[0]["body"]


def test_each_stack_has_its_issue(repository: Repository, preview: Path, tmp_path: Path) -> None:
    clean = _written(tmp_path / "clean.json", cli_preview([]))
    repository.issue(body=marker("prod"))
    done = _run(repository, "drift", *REPO, "--preview", f"staging={preview}", f"prod={clean}")
    assert "staging: issue 2 opened" in done.out
    assert "prod: issue 1 closed" in done.out


def test_a_preview_that_failed_is_no_drift_and_no_health(
    repository: Repository, tmp_path: Path
) -> None:
    said = [{"severity": "error", "message": "access denied"}]
    failed = _written(tmp_path / "failed.json", cli_preview([], diagnostics=said))
    repository.issue(body=marker("staging"))
    done = _drift(repository, failed)
    assert done.code == 1
    assert repository.issues[0]["state"] == "open"


def test_drift_can_be_told_by_the_exit_code(preview: Path) -> None:
    assert run(["drift", "--no-issue", "--preview", str(preview)]).code == 1


# The sweep

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
ORPHANS = ["acme/plataforma/pr2", "pr3", "pr5"]


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `pulumi` that notes how it is called, and fails where it is told to."""
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


def _sweep(repository: Repository, folder: Path, *more: str) -> Run:
    repository.pulls = {1: "open", 2: "closed", 3: "open", 4: "closed"}  # 5 never was
    stacks = _written(folder / "stacks.json", STACKS)
    return _run(repository, "sweep", "--stacks", str(stacks), *REPO, *more)


def test_the_sweep_lists_and_touches_nothing(
    repository: Repository, tmp_path: Path, calls: Path
) -> None:
    done = _sweep(repository, tmp_path)
    assert done.code == 0, done.said
    told = [line.partition(": ")[0] for line in done.out.splitlines() if ": orphaned: " in line]
    assert told == ORPHANS
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


def test_one_that_fails_does_not_keep_the_others(
    repository: Repository, tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILS", "pr2")
    done = _sweep(repository, tmp_path, "--run")
    assert done.code == 1
    assert "1 of 3 were not destroyed: acme/plataforma/pr2" in done.err
    lines = calls.read_text()
    assert "stack rm --yes --stack acme/plataforma/pr2" not in lines
    assert "stack rm --yes --stack pr5" in lines


def test_a_github_that_does_not_answer_sweeps_nothing(
    repository: Repository, tmp_path: Path, calls: Path
) -> None:
    repository.refuse = [(500, {})] * 20
    done = _sweep(repository, tmp_path, "--run")
    assert done.code == 1
    assert not calls.exists()


def test_without_its_label_an_environment_is_swept_though_its_pull_request_is_open(
    repository: Repository, tmp_path: Path
) -> None:
    repository.unlabelled = {1}
    done = _sweep(repository, tmp_path)
    assert "pr1: orphaned: pull request 1 has no label environment" in done.out


def test_closing_destroys_the_one_environment(
    repository: Repository, tmp_path: Path, calls: Path
) -> None:
    done = _sweep(repository, tmp_path, "--run", "--only", "1", "--closing")
    assert done.code == 0, done.said
    assert "--stack pr1 " in calls.read_text()
    done_to_it = [line.partition(" --")[0] for line in calls.read_text().splitlines()]
    assert done_to_it == ["cancel", "destroy", "stack rm"]
    assert not repository.asked
