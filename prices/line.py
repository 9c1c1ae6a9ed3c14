"""A charge with its price."""

from __future__ import annotations

from dataclasses import dataclass

from prices.charge import Charge, Planned


@dataclass(frozen=True)
class Line:
    """`group`: the kind and name of the part of the platform; `usd`: None where it is unknown."""

    group: tuple[str, str]
    resource: Planned
    charge: Charge
    usd: float | None
    most_usd: float | None

    @property
    def lacks_price(self) -> bool:
        return self.usd is None and not self.charge.why_unknown

    @property
    def part(self) -> str:
        """`service backend`, `database`."""
        kind, name = self.group
        return name if name.replace("-", "") == kind else f"{kind} {name}"
