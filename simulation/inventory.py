"""SIMULATION, not AWS: which simulated resources exist, as AWS would know without Pulumi's state.

The journal has one line for each step, so that none is lost if the process is killed. Secret values
are not in it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

Operation = Literal["create", "update", "delete", "keep", "move", "refuse"]


class AlreadyExistsError(Exception):
    """Another resource has this key."""


class NotFoundError(Exception):
    """No resource has this name."""


@dataclass(frozen=True)
class Existing:
    """One resource. `properties` are its inputs and outputs, secrets masked; `moved` are those that
    AWS has changed by itself since."""

    key: str
    urn: str
    type: str
    id: str
    region: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])
    moved: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Entry:
    """One line of the journal. `kept` is a name that stays taken; `error` what AWS refused."""

    operation: Operation
    key: str
    urn: str = ""
    resource: Existing | None = None
    kept: str = ""
    error: str = ""


class Inventory:
    """The existing resources by their keys, and the names that deleted ones left taken. Kept in the
    file `path` if there is one."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._path = path
        self._resources = dict[str, Existing]()
        self._kept = set[tuple[str, str]]()
        for entry in read_journal(path):
            self._apply(entry)

    def create(self, resource: Existing) -> None:
        """Adds a resource, or replaces the same one, as PutRule and the like do."""
        with self.lock:
            known = self._resources.get(resource.key)
            if known and known.urn != resource.urn:
                raise AlreadyExistsError(f"SIMULATION, not AWS: {resource.key} already exists")
            self._write(Entry("create", resource.key, resource.urn, resource))

    def update(self, resource: Existing) -> None:
        with self.lock:
            self._write(Entry("update", resource.key, resource.urn, resource))

    def delete(self, key: str, kept: str = "") -> None:
        """Removes a resource; the name `kept` stays taken for its type."""
        with self.lock:
            known = self._resources.get(key)
            if known and kept:
                self._write(Entry("keep", key, known.urn, kept=kept))
            self._write(Entry("delete", key, known.urn if known else ""))

    def move(self, key: str, properties: Mapping[str, Any]) -> None:
        """Changes properties as AWS does by itself: a refresh reads them."""
        with self.lock:
            known = self._resources[key]
            moved = replace(known, moved={**known.moved, **properties})
            self._write(Entry("move", key, known.urn, moved))

    def refuse(self, key: str, urn: str, error: str) -> None:
        with self.lock:
            self._write(Entry("refuse", key, urn, error=error))

    def find(self, key: str) -> Existing | None:
        with self.lock:
            return self._resources.get(key)

    def of_type(self, token: str) -> list[Existing]:
        with self.lock:
            return [one for one in self._resources.values() if one.type == token]

    def of_urn(self, urn: str) -> list[Existing]:
        with self.lock:
            return [one for one in self._resources.values() if one.urn == urn]

    def named(self, token: str, name: str) -> Existing:
        """The resource of this type and name. Errors: NotFoundError."""
        for one in self.of_type(token):
            if one.properties.get("name") == name:
                return one
        raise NotFoundError(f"SIMULATION, not AWS: no {token} is named {name}")

    def is_kept(self, token: str, name: str) -> bool:
        with self.lock:
            return (token, name) in self._kept

    def urns(self) -> list[str]:
        with self.lock:
            return sorted(one.urn for one in self._resources.values())

    def shorten(self) -> None:
        """Writes the journal anew, with what exists and which names are taken."""
        with self.lock:
            if self._path is None:
                return
            entries = [Entry("create", key, r.urn, r) for key, r in self._resources.items()]
            entries += [Entry("keep", token, kept=name) for token, name in sorted(self._kept)]
            new = self._path.with_suffix(".new")
            new.write_text("".join(_line(entry) for entry in entries), encoding="utf-8")
            new.replace(self._path)

    def _write(self, entry: Entry) -> None:
        self._apply(entry)
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(_line(entry))

    def _apply(self, entry: Entry) -> None:
        if entry.resource:
            self._resources[entry.key] = entry.resource
        elif entry.operation == "keep":
            self._kept.add((entry.key.partition(" ")[0], entry.kept))
        elif entry.operation == "delete":
            self._resources.pop(entry.key, None)


def _line(entry: Entry) -> str:
    return json.dumps(asdict(entry)) + "\n"


def read_journal(path: Path | None) -> Iterator[Entry]:
    """What has happened, in order."""
    if path and path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            values = json.loads(line)
            resource = values.pop("resource")
            yield Entry(**values, resource=Existing(**resource) if resource else None)
