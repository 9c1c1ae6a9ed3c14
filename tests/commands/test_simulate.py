"""`make up`, `refresh`, `destroy`: that they simulate, what changed, and where the rest is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from commands import simulate
from settings.project import ROOT
from simulation import engine
from tests.support.stacks import make_project

# Stands for the CLI: its text, and the events that it logs.
ENGINE = """
import json
import sys
from pathlib import Path
from commands import simulate
from simulation import engine

BUCKET = "aws:s3/bucket:Bucket"
KEPT = [(BUCKET, f"kept-{n}") for n in range(120)]
OTHERS = [("plataforma:data:Storage", "storage"), ("pulumi:providers:aws", "default_7_2_0")]

def urn(kind, name):
    return f"urn:pulumi:staging::p::{kind}::{name}"

def step(op, kind, name):
    return {"resOutputsEvent": {"metadata": {"op": op, "urn": urn(kind, name), "type": kind}}}

def acts(stack, project, pulumi, *given):
    log = given[-1]
    log.text.write_text("Run `pulumi stack rm staging`")
    events = [step("same", *one) for one in KEPT + OTHERS] + [step("update", BUCKET, "uploads")]
    events.append({"diagnosticEvent": {"severity": "error", "message": "<{%red%}>no bucket"}})
    log.events.write_text("".join(json.dumps(event) + chr(10) for event in events))
    return int(sys.argv[2])

engine.find_pulumi = lambda: engine.Cli(Path('pulumi'))
engine.up = engine.refresh = engine.destroy = acts
simulate.ROOT = Path(sys.argv[3])
simulate._previewed = engine.urns = lambda *_: [
    urn(*one) for one in [*KEPT, *OTHERS, (BUCKET, "uploads")]
]
sys.exit(simulate.main([sys.argv[1]]))
"""


def simulated(action: str, code: int, folder: Path) -> list[str]:
    make_project(folder, "staging")
    line = [sys.executable, "-c", ENGINE, action, str(code), str(folder)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("action", "last"),
    [
        ("up", "nothing was created in AWS"),
        ("refresh", "AWS was not asked"),
        ("destroy", "nothing was deleted in AWS"),
    ],
)
def test_what_changed_is_named_the_rest_is_a_count_and_a_file(
    action: str, last: str, tmp_path: Path
):
    """The count is that of previews: without components and providers."""
    said = simulated(action, 0, tmp_path)
    assert said[0] == f"SIMULATION, not AWS: {action} of staging, state in .pulumi-local/"
    assert said[1].endswith(" of 121 resources")
    assert said[-4:] == [
        "updated   uploads  aws:s3/bucket:Bucket",
        "Resources: 120 unchanged, 1 updated",
        f"Everything that Pulumi said: .pulumi-local/logs/staging.{action}.log",
        f"SIMULATION, not AWS: {action} of staging: {last}",
    ]
    assert "pulumi stack rm" in (tmp_path / f".pulumi-local/logs/staging.{action}.log").read_text()


def test_a_failed_one_ends_with_the_errors(tmp_path: Path):
    said = simulated("up", 3, tmp_path)
    assert said[-3] == "Error: no bucket"
    assert said[-1] == "SIMULATION, not AWS: up of staging: it failed"


def test_what_the_preview_refuses_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    updates = Mock()
    monkeypatch.setattr("simulation.engine.up", updates)
    monkeypatch.setattr("simulation.engine.preview", Mock(side_effect=engine.EngineError("no")))
    with pytest.raises(engine.EngineError, match="no"):
        simulate.run("up", "staging", Path("pulumi"), tmp_path)
    updates.assert_not_called()


def test_a_stack_without_a_file_is_told_before_all_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(engine, "find_pulumi", lambda: engine.Cli(Path("pulumi")))
    assert simulate.main(["up", "--stack", "pord"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("up: Pulumi.pord.yaml does not exist; stacks with a file: ")


@pytest.mark.parametrize("action", ["refresh", "destroy"])
def test_a_stack_that_is_not_there_keeps_its_last_log(
    action: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    make_project(tmp_path, "staging")
    monkeypatch.setattr(simulate, "ROOT", tmp_path)
    monkeypatch.setattr(engine, "find_pulumi", lambda: engine.Cli(Path("pulumi")))
    log = engine.log_of("staging", action, tmp_path).text
    log.write_text("of the last run")
    assert simulate.main([action]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "staging is not there: make up STACK=staging makes it"
    assert log.read_text() == "of the last run"


@pytest.mark.parametrize(
    ("latest", "is_there"),
    [
        ({}, False),
        ({"resources": [{"urn": "stack"}]}, False),
        ({"resources": [{"urn": "stack"}, {"urn": "bucket"}]}, True),
        ({"pending_operations": [{"type": "creating", "resource": {"urn": "bucket"}}]}, True),
    ],
)
def test_a_stack_is_there_once_a_creation_began(
    latest: dict[str, object], is_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    make_project(tmp_path, "staging")
    state = engine.state_path("staging", tmp_path)
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"checkpoint": {"latest": latest}}))
    monkeypatch.setattr(simulate, "ROOT", tmp_path)
    monkeypatch.setattr(engine, "find_pulumi", lambda: engine.Cli(Path("pulumi")))
    run = Mock(return_value=0)
    monkeypatch.setattr(simulate, "run", run)
    assert simulate.main(["refresh"]) == 0
    assert run.called == is_there


def test_a_wrong_argument_is_told_under_the_commands_own_name(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        simulate.main(["refresh", "--full"])
    assert "make refresh: error: unrecognized arguments: --full" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "given", "meant"),
    [("preview", "stack", "STACK"), ("up", "STAK", "STACK"), ("test", "TEIR", "TIER")],
)
def test_a_variable_of_make_that_nothing_reads_is_an_error(target: str, given: str, meant: str):
    line = ["make", "--dry-run", target, f"{given}=prod"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    done = subprocess.run(
        line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert f"Nothing reads the variable {given}. Did you mean {meant}='prod'?" in done.stderr
    assert done.stdout == ""
