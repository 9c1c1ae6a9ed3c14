"""Sizes and colours of the pictures, in inches and as hexadecimal RGB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

COLUMNS, COLUMN_INCHES, ROW_INCHES, DPI = 24, 0.47, 0.27, 125
HEAD, FOOT, GAP = 0.75, 0.35, 0.09
LETTER_INCHES = 0.056
INK, PALE, LINE, PAPER, WALL = "#24292e", "#6a7178", "#dfe2e6", "#ffffff", "#f2f4f7"
COLORS = {
    "green": "#2f9e5b",
    "semi-dark-green": "#238a4c",
    "orange": "#f2801d",
    "red": "#d92c3a",
    "semi-dark-red": "#c0222f",
    "dark-red": "#8c1420",
    "text": INK,
    "transparent": PALE,
}


def color_of(value: float, steps: Sequence[Any]) -> str:
    """The colour of the last threshold that a value has passed."""
    passed = [step for step in steps if step["value"] is None or value >= step["value"]]
    return shade(str(passed[-1]["color"]))


def shade(name: str) -> str:
    return COLORS.get(name, name)


def word(value: float, mappings: Sequence[Any]) -> str | None:
    """The word that stands for a value, if one does: of the first range that it is in."""
    for mapping in mappings:
        options = mapping["options"]
        if value >= options["from"] and (options.get("to") is None or value <= options["to"]):
            return str(options["result"]["text"])
    return None


def wrapped(text: str, width: float, inches: float) -> list[str]:
    """Lines of a text that are at most so many inches wide."""
    room = max(10, int(width / inches))
    lines = [""]
    for piece in text.split():
        longer = f"{lines[-1]} {piece}".strip()
        if len(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines
