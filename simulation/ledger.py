"""SIMULATION, not AWS: which simulated resources exist, as AWS would know it without our state.

One line per creation and deletion, so that a killed process loses nothing that was answered.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path


class AlreadyExistsError(Exception):
    """Another resource of the stack, or a former one, has this identity."""


class Ledger:
    """The resources that live, by an identity; kept in `path` where one is given."""

    def __init__(self, path: Path | None = None) -> None:
        self._path, self._lock, self._live = path, threading.Lock(), dict[str, str]()
        if path and path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self._apply(entry["key"], entry["urn"])

    def create(self, key: str, urn: str) -> None:
        """Notes a creation; the same again is no error, as with a client token."""
        with self._lock:
            if self._live.get(key, urn) != urn:
                raise AlreadyExistsError(f"SIMULATION, not AWS: {key} already exists")
            self._write(key, urn)

    def rename(self, key: str, urn: str) -> None:
        with self._lock:
            if self._live.get(key) != urn:
                self._write(key, urn)

    def delete(self, key: str) -> None:
        with self._lock:
            self._write(key, None)

    def lives(self, key: str) -> bool:
        with self._lock:
            return key in self._live

    def urns(self) -> list[str]:
        """The URNs of all that lives."""
        with self._lock:
            return sorted(self._live.values())

    def _write(self, key: str, urn: str | None) -> None:
        self._apply(key, urn)
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "urn": urn}) + "\n")

    def _apply(self, key: str, urn: str | None) -> None:
        if urn is None:
            self._live.pop(key, None)
        else:
            self._live[key] = urn
