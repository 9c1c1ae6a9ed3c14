"""What a planned stack costs a month, and what is unknown of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from prices.charge import Charge, Planned, unknown
from prices.levers import Lever, levers
from prices.line import Line
from prices.price_list import free_types, table
from prices.rules import compute, network, operations, stores
from prices.rules.rule import Rule
from prices.stack import Stack
from settings.usage.usage import UsageSettings

RULES: Mapping[str, Rule] = {
    **compute.RULES,
    **network.RULES,
    **stores.RULES,
    **operations.RULES,
}
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a rule raises where a property is not what the program would write."""


@dataclass(frozen=True)
class Estimate:
    """`read`: the day of the table of prices. `levers`: the largest savings, by key."""

    region: str
    read: str
    usage: UsageSettings
    lines: tuple[Line, ...]
    levers: tuple[Lever, ...]

    @property
    def usd(self) -> float:
        return sum(line.usd or 0 for line in self.lines)

    @property
    def most_usd(self) -> float:
        return sum(line.most_usd or 0 for line in self.lines)

    @property
    def by_group(self) -> dict[tuple[str, str], float]:
        groups: dict[tuple[str, str], float] = {}
        for line in self.lines:
            groups[line.group] = groups.get(line.group, 0) + (line.usd or 0)
        return groups

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is not counted, each reason once, with the parts that have it."""
        parts: dict[str, dict[str, None]] = {}
        for line in self.lines:
            if line.usd is None and line.charge.why_unknown:
                text = f"{line.charge.price}: {line.charge.why_unknown}"
                parts.setdefault(text, {})[line.part] = None
        reasons = tuple(f"{why} ({', '.join(names)})" for why, names in sorted(parts.items()))
        without = {line.charge.price for line in self.lines if line.lacks_price}
        if not without:
            return reasons
        place = self.region or "an unknown region"
        return (f"no list price in {place}: {', '.join(sorted(without))}", *reasons)

    @property
    def unknown_names(self) -> tuple[str, ...]:
        return tuple(sorted({line.charge.price for line in self.lines if line.usd is None}))

    def of_group(self, group: tuple[str, str]) -> list[Line]:
        return [line for line in self.lines if line.group == group]

    def as_dict(self) -> dict[str, Any]:
        return {
            "region": self.region,
            "read": self.read,
            "usd": round(self.usd, 2),
            "mostUsd": round(self.most_usd, 2),
            "groups": {
                " ".join(group): round(usd, 2) for group, usd in sorted(self.by_group.items())
            },
            "unknown": list(self.unknown),
            "levers": [lever.as_dict() for lever in self.levers],
            "usage": self.usage.model_dump(by_alias=True),
        }


def estimate(resources: Sequence[Planned], outputs: Mapping[str, Any]) -> Estimate:
    """The price of a stack of these resources. `outputs`: the stack's, with its usage."""
    stack = Stack(resources, usage_of(outputs))
    lines = tuple(_lines(stack))
    return Estimate(stack.region, table().read, stack.usage, lines, levers(stack, lines))


def usage_of(outputs: Mapping[str, Any]) -> UsageSettings:
    """The defaults where the outputs hold none: those of a stack that is not there yet."""
    try:
        return UsageSettings.model_validate(outputs.get("usage") or {})
    except ValidationError:
        return UsageSettings()


def is_known_type(token: str) -> bool:
    """Whether a rule or the list of free types has it."""
    return token in RULES or token in free_types()


def _lines(stack: Stack) -> Iterator[Line]:
    for resource in stack.resources:
        if resource.custom and not resource.type.startswith("pulumi:"):
            for charge in _charges(resource, stack):
                if charge.quantity or charge.most or charge.why_unknown:
                    yield _priced(charge, resource, stack)


def _charges(resource: Planned, stack: Stack) -> Iterator[Charge]:
    if resource.type in RULES:
        try:
            yield from list(RULES[resource.type](resource, stack))
        except UNREADABLE:
            yield unknown(resource.type, "the preview does not show what its price depends on")
    elif resource.type not in free_types():
        yield unknown(resource.type, "prices/rules has no rule for it")


def _priced(charge: Charge, resource: Planned, stack: Stack) -> Line:
    group = stack.group_of(resource)
    price = None if charge.why_unknown else table().price(stack.region, charge.price)
    if price is None:
        return Line(group, resource, charge, None, None)
    most = charge.quantity if charge.most is None else charge.most
    return Line(group, resource, charge, price * charge.quantity, price * most)
