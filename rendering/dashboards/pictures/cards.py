"""Numbers, tables and log lines."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from matplotlib.axes import Axes

from rendering.dashboards.panels import FIGURE_PIXELS
from rendering.dashboards.pictures.readings import LogLine, Series, Span
from rendering.dashboards.pictures.style import (
    COLORS,
    COLUMN_INCHES,
    COLUMNS,
    INK,
    PALE,
    color_of,
    shade,
    word,
    wrapped,
)
from rendering.dashboards.pictures.units import written

LEVELS = {"warn": COLORS["orange"], "error": COLORS["red"], "fatal": COLORS["dark-red"]}
# FIGURE_PIXELS of a page that is 1,200 pixels wide.
FIGURE = FIGURE_PIXELS / 1200 * COLUMNS * COLUMN_INCHES * 72
MONO_INCHES, LOG_ROW, LOG_LINES = 0.0545, 0.14, 2

Found = Sequence[tuple[Any, Sequence[Series]]]


def now(series: Series, span: Span) -> float:
    """The value of the end of the time shown; not a number where the series had ended before."""
    is_there = bool(series.times) and series.times[-1] > span.end - 1.5 * span.step
    return series.values[-1] if is_there else math.nan


def numbers(card: Axes, panel: Any, found: Sequence[Series], span: Span, h: float) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    width = card.get_xlim()[1]
    share = width / len(found)
    for number, series in enumerate(found):
        value = now(series, span)
        text = word(value, defaults.get("mappings") or ())
        text = text or written(value, defaults["unit"], defaults.get("decimals"))
        middle = share * (number + 0.5)
        color = color_of(value, defaults["thresholds"]["steps"])
        card.text(
            middle, h / 2, text, size=FIGURE, weight="bold", color=color, ha="center", va="center"
        )


def table(card: Axes, panel: Any, found: Found, span: Span, h: float) -> int:
    """Returns the number of its rows."""
    columns, styles = _columns(panel)
    labels = [field for field in columns if not field.startswith("Value")]
    cells: dict[tuple[str, ...], dict[str, str | float]] = {}
    for target, each in found:
        for series in each:
            value = now(series, span)
            if math.isnan(value):
                continue
            key = tuple(series.labels.get(name, "") for name in labels)
            row = cells.setdefault(key, dict(zip(labels, key, strict=True)))
            row["Value" if len(found) == 1 else f"Value #{target['refId']}"] = value
    ordered = in_order(list(cells.values()), panel, columns)
    texts = [
        [_cell(row.get(field, "-"), styles.get(columns[field], {})) for field in columns]
        for row in ordered
    ]
    lefts = _lefts(columns, texts, card.get_xlim()[1])
    height = min(0.27, (h - 0.15) / (len(texts) + 1))
    for left, head in zip(lefts, columns.values(), strict=True):
        card.text(left, h - 0.1, head, color=PALE, size=7.5, va="center")
    for number, row in enumerate(texts, start=1):
        for left, (text, color) in zip(lefts, row, strict=True):
            weight = "normal" if color == INK else "bold"
            y = h - 0.1 - number * height
            card.text(left, y, text, color=color, size=7.8, weight=weight, va="center")
    return len(texts)


def in_order(found: list[dict[str, Any]], panel: Any, columns: Mapping[str, str]) -> list[Any]:
    fields = {title: name for name, title in columns.items()}
    for by in reversed(panel["options"]["sortBy"]):
        field = fields[by["displayName"]]
        found.sort(key=lambda row: row.get(field, math.inf), reverse=bool(by.get("desc")))
    return found


def _lefts(
    columns: Mapping[str, str], texts: Sequence[Sequence[tuple[str, str]]], width: float
) -> list[float]:
    """As wide as their longest text, of what there is."""
    letters = [
        max(len(head), *(len(row[number][0]) for row in texts), 0) + 3
        for number, head in enumerate(columns.values())
    ]
    inches = (width - 0.1) / sum(letters)
    return [0.1 + sum(letters[:number]) * inches for number in range(len(letters))]


def _cell(value: str | float, style: Mapping[str, Any]) -> tuple[str, str]:
    mappings = style.get("mappings", ())
    if isinstance(value, str):
        colors = {text: each["color"] for m in mappings for text, each in m["options"].items()}
        return value, shade(colors.get(value, INK))
    color = color_of(value, style["thresholds"]["steps"]) if "thresholds" in style else INK
    text = word(value, mappings)
    return text or written(value, style["unit"], style.get("decimals")), color


def _columns(panel: Any) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Heads by field in their order; unit, decimals and thresholds by head."""
    options = next(t["options"] for t in panel["transformations"] if t["id"] == "organize")
    order = sorted(options["indexByName"], key=options["indexByName"].get)
    styles = {
        override["matcher"]["options"]: {p["id"]: p["value"] for p in override["properties"]}
        for override in panel["fieldConfig"]["overrides"]
    }
    return {field: options["renameByName"][field] for field in order}, styles


def log(card: Axes, found: Sequence[LogLine], h: float) -> None:
    """The newest lines, each in its first two rows of text."""
    y = h - 0.05
    for line in found:
        moment = datetime.fromtimestamp(line.time, UTC)
        color = LEVELS.get(line.labels.get("level", ""), INK)
        text = wrapped(_log_text(line), card.get_xlim()[1] - 1.0, MONO_INCHES)[:LOG_LINES]
        if y - LOG_ROW * len(text) < 0.05:
            return
        for number, row in enumerate(text):
            head = f"{moment:%H:%M:%S}" if number == 0 else " " * 8
            card.text(
                0.1, y, f"{head}  {row}", family="monospace", size=6.4, color=color, va="center"
            )
            y -= LOG_ROW


def _log_text(line: LogLine) -> str:
    """The message first, then what else the line says."""
    try:
        fields = json.loads(line.text)
    except ValueError:
        return line.text
    if not isinstance(fields, dict):
        return line.text
    hidden = ("msg", "time", "version", "environment", "_aws", "level")
    rest = [f"{name}={value}" for name, value in fields.items() if name not in hidden]
    return f"{fields.get('msg', '')}  {' '.join(rest)}".replace("\n", " ")
