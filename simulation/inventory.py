"""SIMULATION, not AWS: which simulated resources exist, as AWS would know without Pulumi's state.

One line is written for each creation and deletion, so that none is lost if the process is killed.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path


class AlreadyExistsError(Exception):
    """Another resource has this key."""


class Inventory:
    """The existing resources: the URN of each by its key. Kept in the file `path` if there is
    one."""

    def __init__(self, path: Path | None = None) -> None:
        self._path, self._lock, self._urns = path, threading.Lock(), dict[str, str]()
        if path and path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self._apply(entry["key"], entry["urn"])

    def create(self, key: str, urn: str) -> None:
        """Adds a resource; the same one again is no error, as with an AWS client token."""
        with self._lock:
            if self._urns.get(key, urn) != urn:
                raise AlreadyExistsError(f"SIMULATION, not AWS: {key} already exists")
            self._write(key, urn)

    def rename(self, key: str, urn: str) -> None:
        with self._lock:
            if self._urns.get(key) != urn:
                self._write(key, urn)

    def delete(self, key: str) -> None:
        with self._lock:
            self._write(key, None)

    def exists(self, key: str) -> bool:
        with self._lock:
            return key in self._urns

    def urns(self) -> list[str]:
        with self._lock:
            return sorted(self._urns.values())

    def _write(self, key: str, urn: str | None) -> None:
        self._apply(key, urn)
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "urn": urn}) + "\n")

    def _apply(self, key: str, urn: str | None) -> None:
        if urn is None:
            self._urns.pop(key, None)
        else:
            self._urns[key] = urn
