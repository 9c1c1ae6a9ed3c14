"""What a preview's change costs a month, in the texts that a comment may show."""

from __future__ import annotations

from dataclasses import dataclass

from delivery.previews.redaction import Redactor
from prices import report
from prices.estimate import Estimate


@dataclass(frozen=True)
class Row:
    """A part of the platform: what it costs, and what the change adds or takes away."""

    part: str
    usd: str
    change: str


@dataclass(frozen=True)
class Price:
    """`headline`: the total and its change; `unknown`: what is not counted."""

    headline: str
    rows: tuple[Row, ...]
    unknown: tuple[str, ...]
    levers: tuple[str, ...]
    assumptions: str


def price_of(now: Estimate, before: Estimate | None, redactor: Redactor) -> Price | None:
    """None where the preview does not show the region."""
    if not now.region:
        return None
    parts = [part for kind in ("service", "store", "") for part in report.parts(now, before, kind)]
    return Price(
        headline=redactor.text(report.headline(now, before)),
        rows=tuple(Row(redactor.text(part.name), part.price, part.change) for part in parts),
        unknown=tuple(redactor.text(text) for text in now.unknown),
        levers=tuple(f"{lever.key} saves {report.usd(lever.usd)}" for lever in now.levers),
        assumptions=report.assumptions(now),
    )
