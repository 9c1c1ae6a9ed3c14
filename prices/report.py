"""An estimate in words: lines for the preview, and the parts of a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prices.estimate import Estimate
from prices.words import in_words

STORES = ("database", "cache", "broker")
WIDTH = 120
NO_CHANGE = "no change"
SMALLEST = 0.005
"""USD; a smaller amount prints as 0.00."""


@dataclass(frozen=True)
class Part:
    """A part of the platform: what it costs, and what it cost before the change. `is_minimum`:
    something of it is unknown."""

    name: str
    usd: float
    before: float | None
    is_minimum: bool = False

    @property
    def price(self) -> str:
        """`$1.00`, `at least $1.00`, `unknown`."""
        if not self.is_minimum:
            return usd(self.usd)
        return f"at least {usd(self.usd)}" if self.usd > SMALLEST else "unknown"

    @property
    def change(self) -> str:
        """Empty where there is none."""
        moved = self.usd - (self.usd if self.before is None else self.before)
        return change(moved) if abs(moved) > SMALLEST else ""


def render_lines(
    now: Estimate, before: Estimate | None = None, full: bool = True, width: int = WIDTH
) -> Iterator[str]:
    """Total and change, services, stores and the rest, what is unknown; `full` adds levers and
    assumptions."""
    for paragraph in _paragraphs(now, before, full):
        yield from textwrap.wrap(
            paragraph,
            min(width, WIDTH),
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _paragraphs(now: Estimate, before: Estimate | None, full: bool) -> Iterator[str]:
    yield headline(now, before)
    for title, kind in (("services", "service"), ("stores", "store"), ("rest", "")):
        shown = [f"{p.name} {_part_usd(p)}" for p in parts(now, before, kind)]
        if shown:
            yield f"  {title}: {', '.join(shown)}"
    if now.unknown:
        yield f"  UNKNOWN, not counted: {'; '.join(_named(now.unknown_names))}"
    if not full:
        return
    if now.levers:
        saved = ", ".join(f"{lever.key} saves {usd(lever.usd)}" for lever in now.levers)
        yield f"  Largest levers of what is counted: {saved}"
    yield f"  {assumptions(now)}"


def headline(now: Estimate, before: Estimate | None = None) -> str:
    """`Price: at least $1.00 a month (+$0.10), ...`."""
    about = "at least" if now.unknown else "about"
    text = f"Price: {about} {usd(now.usd)} a month"
    if before is not None:
        text += f" ({change_since(before, now)})"
    if now.most_usd - now.usd > SMALLEST:
        text += f", {usd(now.most_usd)} with each service at its most tasks"
    where = now.region or "an unknown region"
    return f"{text}; list prices of {where}, {now.read}"


def change_since(before: Estimate, now: Estimate) -> str:
    """Of what is counted; and what changes of the unknown."""
    new, old = ({name for _, name, _ in one.uncounted} for one in (now, before))
    moved = {name for _, name, _ in now.uncounted ^ before.uncounted}
    parts = [change(now.usd - before.usd)]
    for words, names in (
        ("plus unknown", moved - old),
        ("less unknown", moved - new),
        ("another amount of unknown", moved & old & new),
    ):
        if names:
            parts.append(f"{words} {', '.join(_named(names))}")
    if len(parts) > 1 and parts[0] == NO_CHANGE:
        parts[0] = "no change of what is counted"
    return "; ".join(parts)


def parts(now: Estimate, before: Estimate | None, kind: str) -> list[Part]:
    """Those of a kind (service, store, or neither where empty), the dearest first."""
    new = now.by_group
    old = before.by_group if before else {}
    unknown = {line.group for line in now.lines if line.usd is None}
    found = [
        Part(
            name,
            new.get((group, name), 0),
            old.get((group, name), 0) if before else None,
            (group, name) in unknown,
        )
        for group, name in {**old, **new}
        if kind_of(group) == kind
    ]
    shown = [p for p in found if p.is_minimum or max(p.usd, p.before or 0) > SMALLEST]
    return sorted(shown, key=lambda part: (-part.usd, part.name))


def kind_of(group: str) -> str:
    return "service" if group == "service" else "store" if group in STORES else ""


def assumptions(now: Estimate) -> str:
    """The usage in words, by key."""
    pairs = now.usage.model_dump(by_alias=True).items()
    return (
        "Assumes " + ", ".join(f"{key} {value:g}" for key, value in pairs) + " (plataforma:usage)"
    )


def usd(amount: float) -> str:
    return f"${amount:,.2f}"


def change(amount: float) -> str:
    """`+$1.00`, `-$1.00`, `no change`."""
    if abs(amount) < SMALLEST:
        return NO_CHANGE
    return f"{'+' if amount > 0 else '-'}{usd(abs(amount))}"


def _named(prices: Iterable[str]) -> list[str]:
    return sorted({in_words(price) for price in prices})


def _part_usd(part: Part) -> str:
    return f"{part.price} ({part.change})" if part.change else part.price
