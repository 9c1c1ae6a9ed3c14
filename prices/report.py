"""An estimate in words: lines for the preview, and the parts of a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prices.change import SMALLEST, Change, change_of
from prices.estimate import Estimate
from prices.price_list import table
from prices.words import in_words

STORES = ("database", "cache", "broker")
WIDTH = 120
NO_CHANGE = "no change"


@dataclass(frozen=True)
class Part:
    """A part of the platform: what it costs, and what the change adds. `is_minimum`: something
    of it is unknown."""

    name: str
    usd: float
    moved: Change | None
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
        if self.moved is None or self.moved.is_none:
            return ""
        return change(self.moved.counted) if self.moved.is_known else "change unknown"


def render_lines(
    now: Estimate, before: Estimate | None = None, full: bool = True, width: int = WIDTH
) -> Iterator[str]:
    """Total and change; then services, stores and the rest that change, and what is unknown. `full`
    has them all, with levers and assumptions."""
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
        found = parts(now, before, kind)
        shown = [f"{p.name} {_part_usd(p)}" for p in found if full or before is None or p.change]
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
    return f"{text}; {_source(now)}"


def _source(now: Estimate) -> str:
    regions = table().regions
    if now.region and now.region not in regions:
        have = " and ".join(regions)
        return f"no price table for {now.region}; only {have} (docs/price.md)"
    return f"list prices of {now.region or 'an unknown region'}, {now.read}"


def change_since(before: Estimate, now: Estimate) -> str:
    """`+$1.00`; where a part of it is unknown, that part first: a sum without it would mislead."""
    moved = change_of(before.lines, now.lines)
    if moved.is_known:
        return change(moved.counted)
    less, plus = (
        [f"{in_words(price)} at {usd(abs(of))}" for price, of in moved.replaced.items() if of < 0],
        [f"{in_words(price)} at {usd(of)}" for price, of in moved.replaced.items() if of > 0],
    )
    named = (
        ("plus", [*_named(moved.added), *plus]),
        ("less", [*_named(moved.removed), *less]),
        ("another amount of", _named(moved.moved)),
    )
    unknown = "; ".join(f"{words} {', '.join(names)}" for words, names in named if names)
    return f"change unknown: {unknown}; all else {change(moved.counted)}"


def parts(now: Estimate, before: Estimate | None, kind: str) -> list[Part]:
    """Those of a kind (service, store, or neither where empty), the dearest first."""
    new, old = now.by_group, before.by_group if before else {}
    found = [_part(group, now, before) for group in {**old, **new} if kind_of(group[0]) == kind]
    shown = [p for p in found if p.is_minimum or p.change or p.usd > SMALLEST]
    return sorted(shown, key=lambda part: (-part.usd, part.name))


def _part(group: tuple[str, str], now: Estimate, before: Estimate | None) -> Part:
    lines = now.of_group(group)
    return Part(
        name=group[1],
        usd=sum(line.usd or 0 for line in lines),
        moved=change_of(before.of_group(group), lines) if before else None,
        is_minimum=any(line.usd is None for line in lines),
    )


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
