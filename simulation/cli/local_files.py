"""The files in .pulumi-local. A run of the CLI leaves a log, an update a checkpoint, its copy and
an entry in the history, and the journal of simulated resources has a line for each step."""

from __future__ import annotations

import json
from pathlib import Path

from simulation.inventory import Inventory

KEPT_RUNS = 10
FILES_OF_AN_UPDATE = 4  # checkpoint and history, each with its attributes
JOURNAL_LINES = 5000


def tidy(local: Path) -> None:
    """Removes what is older than the last KEPT_RUNS runs of a stack, and what no longer lives from
    a journal of JOURNAL_LINES lines. `local` is .pulumi-local."""
    _keep(local / "home/logs", KEPT_RUNS)
    for kind in ("history", "backups"):
        for folder in (local / "state/.pulumi" / kind).glob("*/*"):
            _keep(folder, KEPT_RUNS * FILES_OF_AN_UPDATE)
    journal = local / "inventory.jsonl"
    if journal.is_file() and journal.read_bytes().count(b"\n") > JOURNAL_LINES:
        Inventory(journal).shorten()


def restore(state: Path) -> None:
    """Puts the copy that the CLI made before its last write into the place of a state that it was
    killed while writing. Source: pulumi v3.260.0, pkg/backend/diy/state.go, backupTarget."""
    copy = state.with_name(f"{state.name}.bak")
    if state.is_file() and copy.is_file() and not _is_whole(state):
        copy.replace(state)


def _is_whole(state: Path) -> bool:
    try:
        json.loads(state.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True


def _keep(folder: Path, newest: int) -> None:
    """The names of an update's files begin with the stack, then its time."""
    files = sorted(folder.glob("*"), key=lambda file: (file.stat().st_mtime_ns, file.name))
    for file in files[:-newest]:
        file.unlink(missing_ok=True)
