"""Limits as botocore's service models state them: what the generator of the table reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, OperationModel, Shape, StructureShape

from limits import mapping
from limits.paths import ELEMENT, VALUE
from limits.patterns import NotTranslatedError, python
from resource_types.catalog import TYPES

NUMBERS = ("integer", "long", "float", "double")
_OTHER_CALLS = re.compile(
    "Add|Cancel|Dele|Dereg|Desc|Det|Disable|Disass|Enable|Increase|Decrease|Get|List|Reboot|"
    "Remove|Reset|Revoke|Schedule|Stop|Tag|Unsub|Untag|Validate"
)
# Words that a property's name has more or less than its member's.
_ENDS = ("", "config", "configuration", "specification", "list", "id", "name", "definition")
_STARTS = ("db", "cache", "vpc", "policy")


class NotFoundError(LookupError):
    """No call of the type takes the property."""


def row(token: str, path: str) -> dict[str, Any]:
    """The property's row of the table: the member that takes it, and its limits.

    Errors: NotFoundError.
    """
    parts = _parts(_renamed(token, path))
    for operation in _operations(token):
        found = _find(operation.input_shape, parts, _noun(operation))
        if found:
            shape, members = found
            service = operation.service_model.service_name
            where = ".".join(members)
            return {"from": f"{service} {operation.name}: {where}", **_limits(shape)}
    raise NotFoundError(f"{token} {path}: no call takes it; see limits/mapping.py")


def _limits(shape: Shape) -> dict[str, Any]:
    """What the model says of a shape, in the table's words."""
    said = shape.metadata
    limits: dict[str, Any] = {"least": said.get("min"), "most": said.get("max")}
    limits["allowed"] = list(said.get("enum", ()))
    limits["number"] = shape.type_name in NUMBERS
    limits["secret"] = bool(said.get("sensitive"))
    try:
        limits["pattern"] = python(said.get("pattern", ""))
    except NotTranslatedError:
        limits["dropped"] = said["pattern"]
    if not said.get("min") and not limits["number"]:
        del limits["least"]  # no length is below 0
    return {key: value for key, value in limits.items() if value not in (None, [], "", False)}


def _parts(path: str) -> list[str]:
    return [part for part in re.split(r"\.|(\[\])", path) if part]


def _renamed(token: str, path: str) -> str:
    for old, new in mapping.RENAMED.get(token, {}).items():
        if path == old or path.startswith((f"{old}.", f"{old}[")):
            return new + path.removeprefix(old)
    return path


@cache
def _operations(token: str) -> Sequence[OperationModel]:
    """The calls that create or change a resource of the type."""
    text = mapping.CALLS.get(token) or TYPES[token].write.partition(";")[0]
    prefix, _, names = text.partition(":")
    service = mapping.SERVICES.get(prefix.strip(), prefix.strip())
    if not service:
        return ()
    model = botocore.session.get_session().get_service_model(service)
    listed = token in mapping.CALLS
    return tuple(
        model.operation_model(name)
        for name in names.split()
        if name in model.operation_names and (listed or not _OTHER_CALLS.match(name))
    )


def _noun(operation: OperationModel) -> str:
    """targetgroup of CreateTargetGroup: names of members begin with it."""
    return _plain(re.sub("^[A-Z][a-z]+", "", operation.name))


def _find(
    shape: Shape | None, parts: Sequence[str], noun: str, members: tuple[str, ...] = ()
) -> tuple[Shape, tuple[str, ...]] | None:
    """The shape of a property below `shape`, and the members on the way to it."""
    if shape is None or not parts:
        return (shape, members) if shape else None
    if isinstance(shape, ListShape):
        rest = parts[1:] if parts[0] == ELEMENT else parts
        if parts[0] == VALUE and isinstance(shape.member, StructureShape):
            return _find(shape.member, ["value", *parts[1:]], noun, members)
        return _find(shape.member, rest, noun, members)
    if shape.type_name == "map" and parts[0] == VALUE:
        return _find(getattr(shape, "value", None), parts[1:], noun, members)
    if not isinstance(shape, StructureShape):
        return None
    if parts[0] == ELEMENT:  # CloudFront's lists are {Quantity, Items}
        return _find(shape.members.get("Items"), parts, noun, (*members, "Items"))
    return _find_member(shape, parts, noun, members)


def _find_member(
    shape: StructureShape, parts: Sequence[str], noun: str, members: tuple[str, ...]
) -> tuple[Shape, tuple[str, ...]] | None:
    for count in range(1, len(parts) + 1):
        if ELEMENT in parts[:count]:
            break
        for name in _names("".join(parts[:count]), noun):
            for member in (m for m in shape.members if _singular(m) == name):
                found = _find(shape.members[member], parts[count:], noun, (*members, member))
                if found:
                    return found
    if not members:  # the call takes one structure that holds all
        for member, below in shape.members.items():
            if member.endswith("Config") and isinstance(below, StructureShape):
                return _find(below, parts, noun, (member,))
    return None


def _names(segment: str, noun: str) -> Iterator[str]:
    name = _singular(segment)
    yield from (_singular(name + end) for end in _ENDS)
    yield _singular(noun + name)
    for start in _STARTS:
        yield start + name
        yield name.removeprefix(start)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _singular(name: str) -> str:
    plain = _plain(name)
    if plain.endswith("ies"):
        return f"{plain[:-3]}y"
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else plain
