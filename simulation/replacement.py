"""SIMULATION, not AWS: what a change changes, and whether it replaces a resource or updates it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from resource_types.catalog import TYPES
from resource_types.model import Inputs


def replacing_properties(token: str) -> tuple[str, ...]:
    """The properties whose change replaces a resource of this type; of every AWS type, its
    region."""
    described = TYPES.get(token)
    paths = tuple(described.replace_on_changes.split()) if described else ()
    return (*paths, "region") if token.startswith("aws:") else paths


def replaces(token: str, path: str, inputs: Inputs) -> bool:
    """Whether a change at `path` (as `dnsConfig.dnsRecords[0].ttl`) to these inputs replaces."""
    changed = re.sub(r"\[\d+\]", "", path) + "."
    return any(
        changed.startswith(f"{key}.") or f"{key}.".startswith(changed)
        for key in replacing_properties(token)
        if not _updates_instead(token, key, inputs)
    )


def _updates_instead(token: str, key: str, inputs: Inputs) -> bool:
    described = TYPES.get(token)
    switch = described.update_instead.get(key, "") if described else ""
    return bool(switch and inputs.get(switch))


def has_grown(token: str, path: str, old: Inputs, new: Inputs) -> bool:
    """Whether AWS has raised the value above the one that is given, as it may."""
    described = TYPES.get(token)
    limit = described.grows.get(path, "") if described else ""
    return bool(limit and new.get(limit) and (old.get(path) or 0) > (new.get(path) or 0))


def changes(old: Any, new: Any, path: str) -> Iterator[tuple[str, str]]:
    """The path of each difference, and whether it is added, deleted or updated."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            if not key.startswith("__"):
                plain = re.fullmatch(r"\w+", key)
                below = f"{path}.{key}".lstrip(".") if plain else f'{path}["{key}"]'
                yield from changes(old.get(key), new.get(key), below)
    elif isinstance(old, list) and isinstance(new, list):
        for n in range(max(len(old), len(new))):
            yield from changes(
                old[n] if n < len(old) else None, new[n] if n < len(new) else None, f"{path}[{n}]"
            )
    elif old != new:
        yield path, "ADD" if old is None else "DELETE" if new is None else "UPDATE"
