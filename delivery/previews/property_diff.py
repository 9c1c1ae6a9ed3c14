"""The properties that differ between two states of a resource."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from delivery.previews.model import PropertyDiff
from delivery.previews.redaction import Redactor

ABSENT = object()
CONTAINERS = "containerDefinitions"
NAME_KEYS = ("name", "key", "Name")


def between(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Path, old and new value of each difference; ABSENT stands for a value that does not exist."""
    if old is not ABSENT and new is not ABSENT and old == new:
        return
    if path.rpartition(".")[2] == CONTAINERS:
        old, new = _decoded(old), _decoded(new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            below = f"{path}.{key}" if path else str(key)
            yield from between(old.get(key, ABSENT), new.get(key, ABSENT), below)
    elif _is_list(old) and _is_list(new):
        yield from _lists(cast(Sequence[Any], old), cast(Sequence[Any], new), path)
    else:
        yield path, old, new


def diffs(
    old: Any, new: Any, type_: str, redactor: Redactor, path: str = ""
) -> Iterator[PropertyDiff]:
    """The differences, redacted. A container's variables are named in the path."""
    for where, before, after in between(old, new, path):
        shown = [redactor.value(_variable(value), where, type_) for value in (before, after)]
        yield PropertyDiff(where, shown[0], shown[1])


def _variable(value: Any) -> Any:
    """The value of a variable that exists on one side only; its path holds the name."""
    if isinstance(value, Mapping) and sorted(map(str, value)) == ["name", "value"]:
        return value["value"]
    return value


def at(value: Any, path: str) -> Any:
    """The value at a path in Pulumi's form, `a.b[0]["c.d"]`; ABSENT where there is none."""
    for dotted, index, quoted in re.findall(r"([^.\[\]]+)|\[(\d+)\]|\[\"([^\"]*)\"\]", path):
        if index:
            in_range = _is_list(value) and int(index) < len(value)
            value = value[int(index)] if in_range else ABSENT
        else:
            found = isinstance(value, Mapping)
            value = value.get(dotted or quoted, ABSENT) if found else ABSENT
    return value


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


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _decoded(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        return value
