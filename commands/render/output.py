"""Writes rendered files, and lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path


def write_files(root: Path, files: Mapping[Path, str], instead_of: Iterable[Path] = ()) -> None:
    """Text by file below `root`. What is in `instead_of` and none of them any more is removed."""
    for path in sorted(set(instead_of) - set(files)):
        path.unlink()
        print(f"removed {path.relative_to(root)}")
    for path, text in sorted(files.items()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"wrote {path.relative_to(root)}")
