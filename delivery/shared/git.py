"""Asks git about the clone that a folder is in."""

from __future__ import annotations

import subprocess
from pathlib import Path


def ask(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def is_shallow(folder: Path) -> bool | None:
    """Whether the clone lacks the beginning of its history; None where it has none."""
    asked = ask(folder, "rev-parse", "--is-shallow-repository")
    return None if asked.returncode else asked.stdout.strip() == "true"
