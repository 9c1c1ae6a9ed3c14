"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Inputs = Mapping[str, Any]
Enforcement = Literal["mandatory", "advisory"]


@dataclass(frozen=True)
class Context:
    """The stack's environment, e.g. staging or prod: plataforma demands that stacks be named so."""

    environment: str

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
    """One control over resources of `types`. `check` yields what is wrong with one of them."""

    name: str
    enforcement: Enforcement
    description: str
    types: tuple[str, ...]
    check: Callable[[Inputs, Context], Iterator[str]]


@dataclass(frozen=True)
class StackRule:
    """One control over a whole stack."""

    name: str
    enforcement: Enforcement
    description: str
    check: Callable[[Sequence[Resource], Context], Iterator[str]]


def is_known(value: Any) -> bool:
    """Whether a value is there already; an unknown one is a placeholder until it is created."""
    return not (isinstance(value, str) and "${" in value)


def is_off(inputs: Inputs, key: str) -> bool:
    """Whether a switch is known and not on."""
    value = inputs.get(key)
    return is_known(value) and value is not True


def is_on(inputs: Inputs, key: str) -> bool:
    return inputs.get(key) is True
