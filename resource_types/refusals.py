"""What AWS refuses: rules that stand beside the description of a resource type.

`simulation/refusals.py` judges them by the resources that exist. `error` is AWS's code and text;
`{name}` in it stands for the resource's property of that name. `source` says where AWS or its
provider says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Properties = Mapping[str, Any]


def _never(_: Properties) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One rule. In a path a dot leads into an object, and into each item of a list."""

    error: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Unique(Refusal):
    """On creation and update: no two resources of the type in a region have the same values at
    `paths`."""

    paths: str


@dataclass(frozen=True, kw_only=True)
class Used(Refusal):
    """While a resource that exists names this one's property `by` at one of its paths.

    `users`: these paths by type. `unless`: what lets AWS do it all the same.
    """

    users: Mapping[str, str]
    by: str = "id"
    unless: Callable[[Properties], bool] = _never


@dataclass(frozen=True, kw_only=True)
class Needed(Used):
    """On deletion, while it is used."""


@dataclass(frozen=True, kw_only=True)
class Held(Used):
    """On an update that changes the values at `path`, while it is used."""

    path: str


@dataclass(frozen=True, kw_only=True)
class NameKept(Refusal):
    """A deletion leaves the name at `path` taken; `refused` is what AWS refuses with a taken
    name."""

    path: str
    refused: Literal["creation", "deletion"]
    unless: Callable[[Properties], bool] = _never


@dataclass(frozen=True, kw_only=True)
class Undeletable(Refusal):
    """On deletion, while `when` holds."""

    when: Callable[[Properties], bool]


@dataclass(frozen=True, kw_only=True)
class Unchangeable(Refusal):
    """On an update, where `when` holds of the old and the new properties."""

    when: Callable[[Properties, Properties], bool]


def values_at(properties: Any, path: str) -> list[Any]:
    """The values at a path, of each item where a list lies on it."""
    if isinstance(properties, (list, tuple)):
        return [value for item in properties for value in values_at(item, path)]
    if not path:
        return [] if properties is None else [properties]
    if not isinstance(properties, Mapping):
        return []
    key, _, rest = path.partition(".")
    return values_at(properties.get(key), rest)


def changed(*paths: str) -> Callable[[Properties, Properties], bool]:
    """Whether the values at one of the paths differ."""
    return lambda old, new: any(values_at(old, path) != values_at(new, path) for path in paths)


@dataclass(frozen=True, kw_only=True)
class Associated(Refusal):
    """On creation and update: each value at `paths` is named by a resource of `holders`, which
    are paths by type."""

    paths: str
    holders: Mapping[str, str]


def taken(paths: str, error: str, api: str) -> Unique:
    """`api`: the API reference whose errors name this one."""
    return Unique(paths=paths, error=error, source=f"{api}, Errors")
