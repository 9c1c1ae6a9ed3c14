"""The digest of a build's context, by which the provider knows that an image has to be built again.

It is that of pulumi-docker 4.11.2 (provider/provider.go: hashContext, getIgnorePatterns), with
the patterns of moby/patternmatcher, so that a simulated preview shows the images that a real one
shows.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


def dockerfiles(folder: Path) -> dict[str, Path]:
    """The Dockerfile.<image> of each image; <Dockerfile>.dockerignore is beside it."""
    found = sorted(folder.glob("Dockerfile.*"))
    return {path.suffix[1:]: path for path in found if path.suffix != ".dockerignore"}


def digest(context: Path, dockerfile: Path) -> str:
    """Over the Dockerfile, and name, mode and content of each file of the context."""
    return _whole(_entries(context, dockerfile))


def digests(context: Path, dockerfile: Path) -> tuple[str, dict[str, str]]:
    """The digest, and what it is over, each file for itself: by them a changed one is named."""
    entries = _entries(context, dockerfile)
    of_files = {
        name or dockerfile.relative_to(context).as_posix(): hashlib.sha256(entry).hexdigest()
        for name, entry in entries.items()
    }
    return _whole(entries), of_files


def _whole(entries: Mapping[str, bytes]) -> str:
    return hashlib.sha256(b"".join(entries.values())).hexdigest()


def _entries(context: Path, dockerfile: Path) -> dict[str, bytes]:
    """By name; the Dockerfile has none."""
    if not dockerfile.is_file():
        raise ValueError(f"could not open dockerfile at relative path {dockerfile}")
    found = {"": _entry("Dockerfile", "----------", dockerfile.read_bytes())}
    for path in files(context, dockerfile):
        mode, name = path.lstat().st_mode, path.relative_to(context).as_posix()
        # Go's FileMode.String writes an L where ls writes an l.
        text = "L" + stat.filemode(mode)[1:] if stat.S_ISLNK(mode) else stat.filemode(mode)
        content = str(path.resolve()).encode() if stat.S_ISLNK(mode) else path.read_bytes()
        found[name] = _entry(name, text, content)
    return found


def files(context: Path, dockerfile: Path) -> list[Path]:
    """What is sent to the builder, in the order in which the provider reads it."""
    sent = is_sent(context, dockerfile)
    found = [path for path in _walk(context) if sent(path.relative_to(context))]
    return sorted(found, key=lambda path: path.parts)


def is_sent(context: Path, dockerfile: Path) -> Callable[[Path], bool]:
    """Whether a path of the context is sent to the builder."""
    patterns = _patterns(context, dockerfile)
    return lambda path: not _ignored(path, patterns)


def _entry(name: str, mode: str, content: bytes) -> bytes:
    return name.encode() + mode.encode() + hashlib.sha256(content).digest() + b"\0"


def _walk(context: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(context):
        linked = [name for name in folders if Path(folder, name).is_symlink()]
        folders[:] = [name for name in folders if name not in _UNREAD]
        yield from (Path(folder, name) for name in (*names, *linked))


# Large folders that no image may hold: a walk through them takes seconds.
_UNREAD = {".git", ".venv", "node_modules", ".pulumi-local"}


@dataclass(frozen=True)
class _Pattern:
    expression: re.Pattern[str]
    included: bool


def _ignored(path: Path, patterns: Sequence[_Pattern]) -> bool:
    """The last pattern that matches the path or a folder above it decides."""
    names = [path.as_posix(), *(parent.as_posix() for parent in path.parents)]
    ignored = False
    for pattern in patterns:
        if any(pattern.expression.fullmatch(name) for name in names):
            ignored = not pattern.included
    return ignored


def _patterns(context: Path, dockerfile: Path) -> list[_Pattern]:
    """Of <Dockerfile>.dockerignore, else of the context's .dockerignore."""
    candidates = (Path(f"{dockerfile}.dockerignore"), context / ".dockerignore")
    ignore_file = next((file for file in candidates if file.is_file()), None)
    lines = ignore_file.read_text(encoding="utf-8").splitlines() if ignore_file else []
    kept = (line.strip() for line in lines if not line.startswith("#"))
    return [_compiled(line.removeprefix("!"), line.startswith("!")) for line in kept if line]


def _compiled(text: str, included: bool) -> _Pattern:
    cleaned = os.path.normpath(text.strip()).lstrip("/")
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", cleaned)
    return _Pattern(re.compile("".join(parts.get(t, re.escape(t)) for t in tokens)), included)
