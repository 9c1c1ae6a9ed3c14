"""The properties that differ between two states of a resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

ABSENT = object()
CONTAINERS = "containerDefinitions"
NAME_KEYS = ("name", "key", "Name")


def between(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Path, old and new value of each difference; ABSENT stands for a value that does not exist."""
    if old is not ABSENT and new is not ABSENT and old == new:
        return
    if path.rpartition(".")[2] == CONTAINERS:
        old, new = decoded(old), decoded(new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            below = f"{path}.{key}" if path else str(key)
            yield from between(old.get(key, ABSENT), new.get(key, ABSENT), below)
    elif is_list(old) and is_list(new):
        yield from _lists(cast(Sequence[Any], old), cast(Sequence[Any], new), path)
    else:
        yield path, old, new


def _lists(old: Sequence[Any], new: Sequence[Any], path: str) -> Iterator[tuple[str, Any, Any]]:
    """Lists of named items by name; other lists by position."""
    old_items, new_items = _by_name(old), _by_name(new)
    if old_items is not None and new_items is not None:
        for name in sorted({*old_items, *new_items}):
            before, after = old_items.get(name, ABSENT), new_items.get(name, ABSENT)
            yield from between(before, after, f"{path}[{name}]")
        return
    for number in range(max(len(old), len(new))):
        before = old[number] if number < len(old) else ABSENT
        after = new[number] if number < len(new) else ABSENT
        yield from between(before, after, f"{path}[{number}]")


def _by_name(items: Sequence[Any]) -> dict[str, Any] | None:
    named: dict[str, Any] = {}
    for item in items:
        keys = (key for key in NAME_KEYS if key in item) if isinstance(item, Mapping) else ()
        name = next((item[key] for key in keys), None)
        if not isinstance(name, str) or name in named:
            return None
        named[name] = item
    return named


def is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def decoded(value: Any) -> Any:
    """Container definitions, which are JSON in a text."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        return value
