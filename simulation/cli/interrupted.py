"""SIMULATION, not AWS: what an interrupted update created, though Pulumi's state does not know it.

The answer `import` of `pulumi refresh` is not used: the CLI marks the operation as importing, and
the next snapshot keeps pending operations of the type creating alone (Pulumi 3.260.0,
pkg/cmd/pulumi/operations/refresh.go and pkg/backend/snapshot.go). The resource is forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulation.inventory import Inventory


def created(state: Path, inventory: Inventory) -> dict[str, str]:
    """The ids, by URN, of what exists and whose creation the state says is pending."""
    known = {(r["urn"], r.get("id", "")) for r in _latest(state).get("resources") or []}
    return {
        one.urn: one.id
        for urn in pending(state)
        for one in inventory.of_urn(urn)
        if (one.urn, one.id) not in known
    }


def pending(state: Path) -> list[str]:
    """The URNs of what was being created."""
    operations = _latest(state).get("pending_operations") or []
    return [one["resource"]["urn"] for one in operations if one["type"] == "creating"]


def fill_in(file: Path, ids: Mapping[str, str]) -> None:
    """Gives the resources of an import file their ids, and leaves out those that have none."""
    content = json.loads(file.read_text(encoding="utf-8"))
    names = content["nameTable"]
    found = [
        {**one, "id": ids[urn]} for one in content["resources"] if (urn := _urn(one, names)) in ids
    ]
    file.write_text(json.dumps({**content, "resources": found}), encoding="utf-8")


def _latest(state: Path) -> dict[str, Any]:
    return json.loads(state.read_text(encoding="utf-8"))["checkpoint"].get("latest") or {}


def _urn(listed: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The URN of a resource whose parent exists."""
    parent = names.get(listed.get("parent", ""), "")
    name = listed.get("logicalName", listed["name"])
    return f"{parent.rpartition('::')[0]}${listed['type']}::{name}"
