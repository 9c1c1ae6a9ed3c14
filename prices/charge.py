"""What AWS bills for a resource in a month, before it has a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Planned(Protocol):
    """A planned resource, whoever planned it: as simulation.plan.PlannedResource."""

    @property
    def type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...
    @property
    def urn(self) -> str: ...
    @property
    def parent(self) -> str: ...
    @property
    def custom(self) -> bool: ...


@dataclass(frozen=True)
class Charge:
    """A quantity of a month, and the name of its price in list_prices.yml. `most`: the quantity
    with each service at its most tasks, where that differs. `why_unknown`: why no quantity is
    known; there is no price then."""

    price: str
    quantity: float = 0
    most: float | None = None
    why_unknown: str = ""


def unknown(what: str, why: str) -> Charge:
    return Charge(what, why_unknown=why)
