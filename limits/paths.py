"""The properties of a resource's inputs, by path: `conditions[].pathPattern.values[]`.

An element of a list is `[]`, the value of a key that the program chose is `*`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

ELEMENT = "[]"
VALUE = "*"
# Properties that hold a map of the program's own keys, and texts that hold JSON with properties.
MAPS = ("args", "dimensions", "dockerLabels", "options", "tags")
DOCUMENTS = ("containerDefinitions",)


class Property(NamedTuple):
    """`place` is the path with what it stands for: `conditions[0].pathPattern.values[1]`."""

    path: str
    place: str
    value: Any


def properties(inputs: Mapping[str, Any]) -> Iterator[Property]:
    """Each property with a value; a list, map or document before what is in it."""
    yield from _below(Property("", "", inputs))


def _below(one: Property) -> Iterator[Property]:
    path, place, value = one
    if isinstance(value, Mapping):
        yield from _entries(path, place, cast(Mapping[str, Any], value))
    elif isinstance(value, list):
        yield one
        for number, item in enumerate(cast(list[Any], value)):
            yield from _below(Property(path + ELEMENT, f"{place}[{number}]", item))
    elif value is not None:
        yield one
        if path in DOCUMENTS and isinstance(value, str):
            yield from _document(path, place, value)


def _entries(path: str, place: str, value: Mapping[str, Any]) -> Iterator[Property]:
    is_map = path.rpartition(".")[2] in MAPS
    if is_map:
        yield Property(path, place, value)
    for key, item in value.items():
        if not key.startswith("__"):
            name = VALUE if is_map else key
            yield from _below(
                Property(f"{path}.{name}".strip("."), f"{place}.{key}".strip("."), item)
            )


def _document(path: str, place: str, text: str) -> Iterator[Property]:
    try:
        content = json.loads(text)
    except ValueError:  # not known yet
        return
    yield from _below(Property(path, place, content))
