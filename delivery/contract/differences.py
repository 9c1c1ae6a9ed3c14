"""How a registered task definition differs from the file that it was made of, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from delivery.contract.defaults import with_defaults
from delivery.contract.placeholders import Placeholders

# Source: ECS API, TaskDefinition: what RegisterTaskDefinition does not take.
OF_ECS = frozenset(
    {"taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities"}
    | {"registeredAt", "registeredBy", "deregisteredAt", "deleteRequestedAt"}
)
LONGEST = 200


def differences(
    wanted: Mapping[str, Any], registered: Mapping[str, Any], placeholders: Placeholders
) -> list[str]:
    """One line for each field: what the file has, and what is registered."""
    made = {key: value for key, value in registered.items() if key not in OF_ECS}
    return list(_in(with_defaults(wanted), with_defaults(made), "", placeholders))


def _in(wanted: Any, made: Any, path: str, placeholders: Placeholders) -> Iterator[str]:
    if isinstance(wanted, Mapping) and isinstance(made, Mapping):
        yield from _in_fields(_fields(wanted), _fields(made), path, placeholders)
    elif isinstance(wanted, list) and isinstance(made, list):
        yield from _in_lists(cast("list[Any]", wanted), cast("list[Any]", made), path, placeholders)
    elif isinstance(wanted, str) and isinstance(made, str):
        if unknown := placeholders.unknown(wanted):
            yield f"{path}: the state has no {', '.join(unknown)}"
        elif not placeholders.match(wanted, made):
            yield _different(path, wanted, made)
    elif wanted != made:
        yield _different(path, wanted, made)


def _in_fields(
    wanted: Mapping[str, Any], made: Mapping[str, Any], path: str, placeholders: Placeholders
) -> Iterator[str]:
    start = f"{path}." if path else ""
    for key, value in wanted.items():
        if key in made:
            yield from _in(value, made[key], f"{start}{key}", placeholders)
        elif value:
            yield _different(f"{start}{key}", value, None)
    for key in made.keys() - wanted.keys():
        if made[key]:
            yield _different(f"{start}{key}", None, made[key])


def _in_lists(
    wanted: list[Any], made: list[Any], path: str, placeholders: Placeholders
) -> Iterator[str]:
    """Named items by their names, whose order says nothing; others in order."""
    if _are_named(wanted) and _are_named(made):
        for line in _in_fields(_by_name(wanted), _by_name(made), "", placeholders):
            yield f"{path}{line}"
    elif len(wanted) != len(made):
        yield _different(path, wanted, made)
    else:
        for number, (one, other) in enumerate(zip(wanted, made, strict=True)):
            yield from _in(one, other, f"{path}[{number}]", placeholders)


def _fields(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value)


def _by_name(items: Sequence[Any]) -> dict[str, Any]:
    return {f"[{item['name']}]": item for item in items}


def _are_named(items: Sequence[Any]) -> bool:
    return bool(items) and all(isinstance(item, Mapping) and "name" in item for item in items)


def _different(path: str, wanted: Any, made: Any) -> str:
    if isinstance(wanted, str) and isinstance(made, str) and "\n" in wanted:
        lines = zip([*wanted.splitlines(), ""], [*made.splitlines(), ""], strict=False)
        wanted, made = next(((one, two) for one, two in lines if one != two), (wanted, made))
    return f"{path}: {_short(wanted)} in the file, {_short(made)} registered"


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
