"""What the real engine keeps on this machine stays small."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simulation.cli import local_files
from simulation.inventory import Existing, Inventory

RUNS = local_files.KEPT_RUNS + 5
ENDINGS = ("checkpoint.json", "checkpoint.json.attrs", "history.json", "history.json.attrs")


def test_the_newest_runs_are_kept(tmp_path: Path):
    logs, history = tmp_path / "home/logs", tmp_path / "state/.pulumi/history/plataforma/staging"
    for run in range(RUNS):
        for file in (logs / f"{run}.log", *(history / f"staging-{run}.{end}" for end in ENDINGS)):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("")
            os.utime(file, (run, run))
    state = tmp_path / "state/.pulumi/stacks/plataforma/staging.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    local_files.tidy(tmp_path)
    kept = range(RUNS - local_files.KEPT_RUNS, RUNS)
    assert {file.name for file in logs.iterdir()} == {f"{run}.log" for run in kept}
    assert {file.name for file in history.iterdir()} == {
        f"staging-{run}.{end}" for run in kept for end in ENDINGS
    }
    assert state.is_file()


def test_a_long_journal_is_shortened_to_what_lives_and_which_names_are_taken(tmp_path: Path):
    path = tmp_path / "inventory.jsonl"
    inventory = Inventory(path)
    lasting = Existing("aws:s3/bucket:Bucket a", "urn:a", "aws:s3/bucket:Bucket", "a")
    inventory.create(lasting)
    gone = Existing("aws:sqs/queue:Queue b", "urn:b", "aws:sqs/queue:Queue", "b")
    inventory.create(gone)
    inventory.delete(gone.key, kept="b")
    for _ in range(local_files.JOURNAL_LINES):
        inventory.update(lasting)
    local_files.tidy(tmp_path)
    assert len(path.read_text().splitlines()) == 2
    after = Inventory(path)
    assert after.find(lasting.key) == lasting
    assert after.find(gone.key) is None
    assert after.is_kept(gone.type, "b")
    inventory = Inventory(path)
    inventory.update(lasting)
    local_files.tidy(tmp_path)
    assert len(path.read_text().splitlines()) == 3


@pytest.mark.parametrize(("written", "left"), [("", "copy"), ('{"half": ', "copy"), ("{}", "{}")])
def test_a_half_written_state_is_that_of_the_step_before(tmp_path: Path, written: str, left: str):
    state, copy = tmp_path / "staging.json", tmp_path / "staging.json.bak"
    state.write_text(written)
    copy.write_text("copy")
    local_files.restore(state)
    assert state.read_text() == left
