"""What a change costs a month: of what is counted, and what is unknown of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prices.line import Line

SMALLEST = 0.005
"""USD; a smaller amount prints as 0.00."""


@dataclass(frozen=True)
class Change:
    """`counted`: of what has a price before and after. `added`, `removed`, `moved`: the unknown
    prices, `moved` where the amount changes. `replaced`: what the known prices come to that take
    an unknown one's place or lose theirs to one; `counted` is without them."""

    counted: float
    added: frozenset[str]
    removed: frozenset[str]
    moved: frozenset[str]
    replaced: Mapping[str, float]

    @property
    def is_known(self) -> bool:
        return not (self.added or self.removed or self.moved)

    @property
    def is_none(self) -> bool:
        return self.is_known and abs(self.counted) < SMALLEST


def change_of(before: Sequence[Line], now: Sequence[Line]) -> Change:
    """Of two estimates, or of the same part of both."""
    counted, replaced = 0.0, dict[str, float]()
    gone, come = set[str](), set[str]()
    old, new = _by_resource(before), _by_resource(now)
    for urn in {**old, **new}:
        was, is_ = old.get(urn, []), new.get(urn, [])
        gone |= _more_unknown(was, is_)
        come |= _more_unknown(is_, was)
        for sign, lines, other in ((-1, was, is_), (1, is_, was)):
            for line in lines:
                if _lost_its_other_side(line, lines, other):
                    price = line.charge.price
                    replaced[price] = replaced.get(price, 0) + sign * (line.usd or 0)
                else:
                    counted += sign * (line.usd or 0)
    both = _names(before) & _names(now) & (gone | come)
    return Change(
        counted, frozenset(come - both), frozenset(gone - both), frozenset(both), replaced
    )


def _lost_its_other_side(line: Line, lines: Sequence[Line], other: Sequence[Line]) -> bool:
    """Whether a resource has a price on this side only, in place of one that is unknown."""
    names = {line.charge.price for line in other}
    return bool(line.usd and line.charge.price not in names and _more_unknown(other, lines))


def _more_unknown(lines: Iterable[Line], other: Iterable[Line]) -> set[str]:
    """The unknown prices of these lines that the others have not, or another amount of."""
    return {price for price, _ in _uncounted(lines) - _uncounted(other)}


def _by_resource(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.resource.urn, []).append(line)
    return found


def _uncounted(lines: Iterable[Line]) -> set[tuple[str, float]]:
    return {(line.charge.price, line.charge.quantity) for line in lines if line.usd is None}


def _names(lines: Iterable[Line]) -> set[str]:
    return {line.charge.price for line in lines if line.usd is None}
