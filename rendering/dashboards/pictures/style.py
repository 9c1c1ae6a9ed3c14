"""Sizes and colours of the pictures, in inches and as hexadecimal RGB."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Any

from matplotlib.colors import to_hex, to_rgb

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


def nth_shade(color: str, number: int) -> str:
    """Grafana's colour of the line of this number, from 0, where lines are shades of one: odd
    ones brighter, even ones darker (packages/grafana-data/src/field/fieldColor.ts,
    getShadedColor, by TinyColor's spin, brighten and darken)."""
    number %= 11
    share = (number + 1) // 2 / 6
    hue, light, saturation = colorsys.rgb_to_hls(*to_rgb(color))
    if number % 2:
        spun = colorsys.hls_to_rgb((hue + share * 10 / 360) % 1, light, saturation)
        red, green, blue = (min(1.0, part + share * 0.35) for part in spun)
        return to_hex((red, green, blue))
    return to_hex(
        colorsys.hls_to_rgb((hue - share * 10 / 360) % 1, max(0, light - share * 0.35), saturation)
    )


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
