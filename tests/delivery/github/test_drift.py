"""The issue of a stack's drift."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.commands.drift import marker
from settings.project import ROOT
from tests.delivery.cli_previews import cli_preview, step
from tests.delivery.github.runs import REPO, run_on, write_json
from tests.delivery.github_server import Repository
from tests.delivery.stack import Run, run

BUCKET = "aws:s3/bucket:Bucket"


def _drift(repository: Repository, *files: Path, more: tuple[str, ...] = ()) -> Run:
    return run_on(repository, "drift", "--preview", *map(str, files), *REPO, *more)


def test_drift_opens_updates_and_closes_one_issue(repository: Repository, tmp_path: Path) -> None:
    gone = [
        step("delete", BUCKET, "logs", old={"bucket": "b"}),
        step("create", BUCKET, "logs", new={"bucket": "b"}),
    ]
    drifted = write_json(tmp_path / "drifted.json", cli_preview(gone))
    clean = write_json(tmp_path / "clean.json", cli_preview([], same=9))

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


def test_a_resource_that_was_deleted_by_hand(repository: Repository) -> None:
    """The real engine's own refresh preview: an alarm of the state is no longer there."""
    done = _drift(repository, Path(__file__).parents[1] / "previews/drift.json")
    assert "issue 1 opened" in done.out
    gone = "`worker-cpu` (`aws:cloudwatch/metricAlarm:MetricAlarm`); it is missing from the account"
    assert gone in repository.issues[0]["body"]


def test_each_stack_has_its_issue(repository: Repository, preview: Path, tmp_path: Path) -> None:
    clean = write_json(tmp_path / "clean.json", cli_preview([]))
    repository.issue(body=marker("prod"))
    done = run_on(repository, "drift", *REPO, "--preview", f"staging={preview}", f"prod={clean}")
    assert "staging: issue 2 opened" in done.out
    assert "prod: issue 1 closed" in done.out


def test_a_failed_preview_keeps_the_issue_open(repository: Repository, tmp_path: Path) -> None:
    said = [{"severity": "error", "message": "access denied"}]
    failed = write_json(tmp_path / "failed.json", cli_preview([], diagnostics=said))
    repository.issue(body=marker("staging"))
    done = _drift(repository, failed)
    assert done.code == 1
    assert repository.issues[0]["state"] == "open"


def test_the_exit_code_reports_drift(preview: Path) -> None:
    assert run(["drift", "--no-issue", "--preview", str(preview)]).code == 1


NIGHTLY: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/nightly.yml").read_text())


def nightly(job: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs the job's script, where `pulumi` prints $OUTPUTS and ends with $CODE, and `python` only
    prints its arguments."""
    bin_ = folder / "bin"
    bin_.mkdir(exist_ok=True)
    for name, script in {
        "pulumi": 'case "$*" in stack*) echo "$OUTPUTS"; exit "$CODE";; *) echo "$PREVIEW"',
        "python": 'case "$*" in *) echo "$*"',
    }.items():
        (bin_ / name).write_text(f"#!/bin/sh\n{script};; esac\n")
        (bin_ / name).chmod(0o755)
    (script,) = (
        s["run"]
        for s in NIGHTLY["jobs"][job]["steps"]
        if "--preview" in str(s) or "--refresh" in str(s)
    )
    environment = {**variables, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}
    line = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        line, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("printed", "code", "ended", "is_previewed"),
    [
        ('{"urls": []}', "0", 0, True),
        ("{}", "0", 0, False),
        ("", "6", 0, False),
        ("", "255", 255, False),
    ],
    ids=["deployed", "without outputs", "no such stack", "no access"],
)
def test_a_stack_that_was_never_deployed_has_no_drift(
    tmp_path: Path, printed: str, code: str, ended: int, is_previewed: bool
) -> None:
    variables = {"STACK": "prod", "OUTPUTS": printed, "CODE": code, "PREVIEW": "{}"}
    done = nightly("detect-drift", tmp_path, **variables)
    assert done.returncode == ended, done.stderr
    assert (tmp_path / "prod.json").exists() == is_previewed
    assert ("prod is not deployed yet" in done.stdout) == (not is_previewed and ended == 0)


def test_drift_of_one_stack_is_reported_though_another_has_no_preview(tmp_path: Path) -> None:
    report = NIGHTLY["jobs"]["report-drift"]
    assert report["if"] == "${{ !cancelled() && needs.stacks.result == 'success' }}"
    none = nightly("report-drift", tmp_path, STACKS="staging prod")
    assert (none.returncode, none.stdout) == (0, "")
    (tmp_path / "prod.json").write_text("{}")
    one = nightly("report-drift", tmp_path, STACKS="staging prod")
    assert one.stdout == "-m delivery drift --preview prod=prod.json\n"
