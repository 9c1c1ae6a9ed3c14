"""The price in a comment: its total, and a folded table."""

from __future__ import annotations

from collections.abc import Iterator

from delivery.github.markdown import code
from delivery.previews.price.summary import Price
from resource_types.words import counted

MAX_ROWS = 25
MAX_UNKNOWN = 20


def price_section(price: Price, budget: int) -> Iterator[str]:
    head, _, rest = price.headline.partition(": ")
    yield f"**{head}:** {code(rest, 400)}"
    yield ""
    unknown = f", {counted(len(price.unknown), 'reason')} unknown" if price.unknown else ""
    yield "<details>"
    yield f"<summary>{counted(len(price.rows), 'part')}{unknown}</summary>"
    yield ""
    yield "| Part | A month | Change |"
    yield "|---|--:|--:|"
    rows = price.rows[: min(budget, MAX_ROWS)]
    yield from (f"| {_cell(row.part)} | {row.usd} | {row.change} |" for row in rows)
    yield ""
    if price.unknown:
        yield "Unknown, not counted:"
        shown = price.unknown[: min(budget, MAX_UNKNOWN)]
        yield from (f"- {code(text, 300)}" for text in shown)
        yield ""
    if price.levers:
        yield f"Largest levers of what is counted: {', '.join(map(code, price.levers))}."
        yield ""
    yield f"<sub>{price.assumptions}</sub>"
    yield ""
    yield "</details>"
    yield ""


def _cell(name: str) -> str:
    """A code span in a table, whose cells end at a bar even there."""
    return code(name).replace("|", "\\|")
