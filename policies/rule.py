"""The types that rules are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Inputs = Mapping[str, Any]
Enforcement = Literal["mandatory", "advisory"]


@dataclass(frozen=True)
class Context:
    """The stack's environment, e.g. staging or prod, which is also the stack's name; and the type
    of the resource that a rule is about."""

    environment: str
    type: str = ""

    @property
    def is_production(self) -> bool:
        return self.environment == "prod"


@dataclass(frozen=True)
class Resource:
    """A resource as a rule sees it: token, logical name, inputs in camelCase."""

    type: str
    name: str
    inputs: Inputs


@dataclass(frozen=True)
class Rule:
    """A check of each resource of `types`: `check` yields what is wrong with it."""

    name: str
    enforcement: Enforcement
    description: str
    types: tuple[str, ...]
    check: Callable[[Inputs, Context], Iterator[str]]


@dataclass(frozen=True)
class StackRule:
    """A check of a whole stack."""

    name: str
    enforcement: Enforcement
    description: str
    check: Callable[[Sequence[Resource], Context], Iterator[str]]


def is_known(value: Any) -> bool:
    """Whether a value is known before the resource is created; else it is a placeholder."""
    return not (isinstance(value, str) and "${" in value)


def is_off(inputs: Inputs, key: str) -> bool:
    """Whether a property is known and not true."""
    value = inputs.get(key)
    return is_known(value) and value is not True


def is_on(inputs: Inputs, key: str) -> bool:
    return inputs.get(key) is True
