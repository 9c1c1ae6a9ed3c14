"""Draws a rendered dashboard from its own queries, panel by panel in its own grid."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import matplotlib as mpl
import matplotlib.dates as dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import Locator, MaxNLocator, MultipleLocator
from PIL import Image

from rendering.dashboards.pictures.readings import LogLine, Series, Sources, Span
from rendering.dashboards.pictures.units import written
from rendering.dashboards.queries import substituted

COLUMNS, COLUMN_INCHES, ROW_INCHES, DPI = 24, 0.47, 0.27, 125
HEAD, FOOT, GAP = 0.75, 0.35, 0.09
SWATCH_PIXELS = 40
LEGEND_ROWS, LEGEND_LETTERS, LETTER_INCHES = 2, 30, 0.056
INK, PALE, LINE, PAPER, WALL = "#24292e", "#7b8087", "#dfe2e6", "#ffffff", "#f2f4f7"
COLORS = {
    "green": "#2f9e5b",
    "orange": "#f2801d",
    "red": "#d92c3a",
    "dark-red": "#9c1c2a",
    "text": INK,
    "transparent": PALE,
}
PALETTE = (
    *("#3b7dd8", "#e0752d", "#2f9e5b", "#a352cc", "#c4a000", "#d92c3a"),
    *("#17a2b8", "#8d6e63", "#e377c2", "#5c6bc0", "#7cb342", "#455a64"),
)
CLOCK = (60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)
LEVELS = {"warn": COLORS["orange"], "error": COLORS["red"], "fatal": COLORS["dark-red"]}
NOTE = "rendered from the dashboard's queries, not Grafana"


@dataclass(frozen=True)
class View:
    """What is shown: values of variables, where the data is, and the time."""

    values: Mapping[str, str]
    sources: Sources
    span: Span

    def read(self, target: Mapping[str, Any]) -> list[Series] | list[LogLine]:
        uid = target["datasource"]["uid"]
        expr = substituted(target.get("expr", ""), self.values)
        return self.sources.read(uid, expr, target.get("legendFormat", ""), self.span)


def picture(dashboard: Mapping[str, Any], view: View) -> bytes:
    """A PNG of the dashboard's JSON. Errors: SourceError."""
    with mpl.rc_context({"font.size": 8, "text.color": INK, "text.parse_math": False}):
        return _png(_figure(dashboard, view))


def _figure(dashboard: Mapping[str, Any], view: View) -> Figure:
    panels = dashboard["panels"]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in _shown(panels))
    width, height = COLUMNS * COLUMN_INCHES, rows * ROW_INCHES + HEAD + FOOT
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor=WALL)
    end = datetime.fromtimestamp(view.span.end, UTC)
    minutes = round((view.span.end - view.span.start) / 60)
    when = f"{minutes} minutes up to {end:%Y-%m-%d %H:%M} UTC"
    figure.text(0.008, 1 - 0.3 / height, dashboard["title"], size=15, weight="bold", va="center")
    figure.text(0.992, 1 - 0.3 / height, when, size=9, color=PALE, ha="right", va="center")
    figure.text(0.008, 1 - 0.58 / height, dashboard["description"], color=PALE, size=9, va="center")
    figure.text(0.5, 0.15 / height, NOTE, color=PALE, ha="center", va="center")
    marks = list(_marks(dashboard, view))
    for panel in _shown(panels):
        place = panel["gridPos"]
        left, top = place["x"] * COLUMN_INCHES, HEAD + place["y"] * ROW_INCHES
        box = (left, height - top - place["h"] * ROW_INCHES, place["w"] * COLUMN_INCHES, 0)
        if panel["type"] == "row":
            _row(figure, panel, view, box, height)
        else:
            _panel(figure, panel, view, (*box[:3], place["h"] * ROW_INCHES), marks)
    return figure


def _shown(panels: Sequence[Any]) -> list[Any]:
    """Rows and panels; those of a collapsed row are not."""
    return [panel for panel in panels if "gridPos" in panel]


def _marks(dashboard: Mapping[str, Any], view: View) -> Iterator[tuple[float, str]]:
    for mark in dashboard["annotations"]["list"]:
        for found in view.read(mark):
            moments = [found.time] if isinstance(found, LogLine) else _starts(found, view.span)
            yield from ((moment, mark["iconColor"]) for moment in moments)


def _starts(series: Series, span: Span) -> list[float]:
    """A mark of Prometheus lasts as long as it has points: its beginning counts."""
    before = (float("-inf"), *series.times)
    pairs = zip(before, series.times, strict=False)
    return [time for last, time in pairs if time - last > 1.5 * span.step]


def _row(figure: Figure, panel: Any, view: View, box: Sequence[float], height: float) -> None:
    width = figure.get_figwidth()
    title = substituted(panel["title"], view.values)
    count = len(panel.get("panels") or [])
    text = f"{title}  ({count} panels, collapsed)" if panel.get("collapsed") else title
    y = (box[1] + ROW_INCHES * 0.45) / height
    figure.text((box[0] + 0.08) / width, y, text, size=10.5, weight="bold", va="center")


def _panel(
    figure: Figure, panel: Any, view: View, box: Sequence[float], marks: list[tuple[float, str]]
) -> None:
    width, height = figure.get_size_inches()
    x, y, w, h = (box[0] + GAP / 2, box[1] + GAP / 2, box[2] - GAP, box[3] - GAP)
    card = figure.add_axes((x / width, y / height, w / width, h / height))
    card.set(xticks=[], yticks=[], facecolor=PAPER, xlim=(0, w), ylim=(0, h))
    card.spines[:].set_color(LINE)
    title = substituted(panel["title"], view.values)
    card.text(0.1, h - 0.17, title, weight="bold", size=8.5, va="center")
    found = [(target, view.read(target)) for target in panel["targets"]]
    if not any(series for _, series in found):
        card.text(w / 2, h / 2 - 0.1, "no data", color=PALE, size=11, ha="center", va="center")
        return
    if panel["type"] == "timeseries":
        inner = ((x + 0.62) / width, (y + 0.55) / height, (w - 0.77) / width, (h - 0.9) / height)
        _graph(figure.add_axes(inner), card, panel, [s for _, each in found for s in each], view)
        _draw_marks(figure.axes[-1], marks)
    elif panel["type"] == "stat":
        _numbers(card, panel, [s for _, each in found for s in each], w, h)
    elif panel["type"] == "table":
        _table(card, panel, found, w, h)
    else:
        _log(card, [s for _, each in found for s in each], w, h)


def _graph(axes: Axes, card: Axes, panel: Any, found: list[Any], view: View) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    lines = [series for series in found if isinstance(series, Series)]
    unit = defaults.get("unit", "none")
    custom = defaults.get("custom", {})
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    colors = [PALETTE[number % len(PALETTE)] for number in range(len(lines))]
    if stacked:
        _stack(axes, lines, colors, view.span)
    else:
        for line, color in zip(lines, colors, strict=True):
            moments = _moments(line.times)
            single = "." if len(moments) == 1 else None
            axes.plot(moments, line.values, color=color, linewidth=1.2, marker=single)
    axes.set_xlim(*_moments((view.span.start, view.span.end)))
    if "min" in defaults:
        axes.set_ylim(bottom=defaults["min"])
        axes.set_ylim(top=_top(axes, lines, unit))
    if "max" in defaults:
        low = axes.get_ylim()[0]
        axes.set_ylim(top=defaults["max"] + (defaults["max"] - low) * 0.05)
    _thresholds(axes, defaults)
    axes.yaxis.set_major_formatter(lambda value, _: written(value, unit))
    axes.yaxis.set_major_locator(_ticks(axes.get_ylim()[1], unit))
    locator = dates.AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M"))
    axes.tick_params(length=0, labelsize=7, labelcolor=PALE)
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_facecolor("none")
    axes.spines[:].set_visible(False)
    _legend(card, lines, colors)


def _stack(axes: Axes, lines: list[Series], colors: list[str], span: Span) -> None:
    count = int((span.end - span.start) // span.step) + 1
    grid = [span.start + number * span.step for number in range(count)]
    heights = [_on_grid(line, grid, span.step) for line in lines]
    axes.stackplot(_moments(grid), *heights, colors=colors, alpha=0.75, linewidth=0)


def _on_grid(line: Series, grid: list[float], step: int) -> list[float]:
    """A point for each moment of the grid; what is missing counts nothing."""
    known = {round(time / step): value for time, value in zip(line.times, line.values, strict=True)}
    found = [known.get(round(time / step), 0.0) for time in grid]
    return [value if value == value else 0.0 for value in found]


def _ticks(top: float, unit: str) -> Locator:
    """Round figures of what the unit counts by: powers of 2, minutes and hours, or of 10."""
    if unit in ("bytes", "Bps") and top > 1:
        return MultipleLocator(2 ** math.ceil(math.log2(top / 5)))
    if unit == "s" and top >= 120:
        return MultipleLocator(next((step for step in CLOCK if step >= top / 6), CLOCK[-1]))
    return MaxNLocator(5)


def _thresholds(axes: Axes, defaults: Any) -> None:
    top = axes.get_ylim()[1]
    if defaults.get("custom", {}).get("thresholdsStyle", {}).get("mode") != "dashed":
        return
    for step in defaults["thresholds"]["steps"]:
        if step["value"] is not None and step["value"] <= top:
            color = COLORS.get(step["color"], step["color"])
            axes.axhline(step["value"], color=color, linewidth=1, linestyle="--", alpha=0.8)
    axes.set_ylim(top=top)


def _legend(card: Axes, lines: list[Series], colors: list[str]) -> None:
    names = [_short(line.name) for line in lines]
    columns = max(1, int(card.get_xlim()[1] / (0.32 + LETTER_INCHES * max(map(len, names)))))
    handles = [Line2D([], [], color=color, linewidth=3) for color in colors]
    room = columns * LEGEND_ROWS
    if len(names) > room:
        handles = [*handles[: room - 1], Line2D([], [], color="none")]
        names = [*names[: room - 1], f"and {len(names) - room + 1} more"]
    card.legend(
        handles,
        names,
        loc="lower left",
        ncols=min(columns, len(names)),
        frameon=False,
        fontsize=7,
        handlelength=1,
        columnspacing=1.1,
        labelspacing=0.25,
        borderaxespad=0.5,
        borderpad=0.2,
    )


def _draw_marks(axes: Axes, marks: list[tuple[float, str]]) -> None:
    for time, color in marks:
        axes.axvline(*_moments((time,)), color=color, linewidth=0.9, linestyle=":", alpha=0.8)


def _numbers(card: Axes, panel: Any, found: list[Any], w: float, h: float) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    for number, series in enumerate(found):
        share = w / len(found)
        middle = share * (number + 0.5)
        value = _last(series)
        color = _color(value, defaults["thresholds"]["steps"])
        text = written(value, defaults.get("unit", "none"), defaults.get("decimals"))
        size = min(26.0, share * 80 / max(len(text), 3))
        card.text(middle, h * 0.5, text, size=size, weight="bold", color=color, ha="center")
        if len(found) > 1:
            card.text(middle, h * 0.5 - 0.22, series.name, color=PALE, ha="center")
        _spark(card, series, (share * number, share), h * 0.28, color)


def _spark(
    card: Axes, series: Series, span: tuple[float, float], height: float, color: str
) -> None:
    low, high = min(series.values), max(series.values)
    first, last = series.times[0], series.times[-1]
    if last > first:
        xs = [
            span[0] + 0.02 + (t - first) / (last - first) * (span[1] - 0.04) for t in series.times
        ]
        ys = [0.03 + (v - low) / ((high - low) or 1) * height for v in series.values]
        card.fill_between(xs, ys, 0.02, color=color, alpha=0.15, linewidth=0)
        card.plot(xs, ys, color=color, linewidth=1)


def _table(card: Axes, panel: Any, found: list[tuple[Any, Any]], w: float, h: float) -> None:
    columns, styles = _columns(panel)
    table: dict[tuple[str, ...], dict[str, str | float]] = {}
    labels = [field for field in columns if not field.startswith("Value")]
    for target, each in found:
        for series in each:
            key = tuple(series.labels.get(name, "") for name in labels)
            row = table.setdefault(key, dict(zip(labels, key, strict=True)))
            row[f"Value #{target['refId']}"] = _last(series)
    lefts = _lefts(len(columns), w)
    heights = min(0.3, (h - 0.5) / (len(table) + 1))
    for left, head in zip(lefts, columns.values(), strict=True):
        card.text(left, h - 0.47, head, color=PALE, va="center")
    for number, key in enumerate(sorted(table), start=1):
        for left, field in zip(lefts, columns, strict=True):
            text, color = _cell(table[key].get(field, "-"), styles.get(columns[field], {}))
            card.text(left, h - 0.47 - number * heights, text, color=color, va="center")


def _lefts(columns: int, width: float) -> list[float]:
    """The first column is twice as wide as the others."""
    return [0.1 + width * (number + bool(number)) / (columns + 1) for number in range(columns)]


def _cell(value: str | float, style: Mapping[str, Any]) -> tuple[str, str]:
    if isinstance(value, str):
        return value, INK
    color = _color(value, style["thresholds"]["steps"]) if "thresholds" in style else INK
    return written(value, style["unit"], style["decimals"]), color


def _columns(panel: Any) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Heads by field in their order; unit, decimals and thresholds by head."""
    options = next(t["options"] for t in panel["transformations"] if t["id"] == "organize")
    order = sorted(options["indexByName"], key=options["indexByName"].get)
    styles = {
        override["matcher"]["options"]: {p["id"]: p["value"] for p in override["properties"]}
        for override in panel["fieldConfig"]["overrides"]
    }
    return {field: options["renameByName"][field] for field in order}, styles


def _log(card: Axes, found: list[Any], w: float, h: float) -> None:
    letters = int(w * 18.3)
    for number, line in enumerate(found[: int((h - 0.35) / 0.165)]):
        moment = datetime.fromtimestamp(line.time, UTC)
        color = LEVELS.get(line.labels.get("level", ""), INK)
        y = h - 0.42 - number * 0.165
        text = f"{moment:%H:%M:%S}  {_log_text(line.text)}"
        card.text(0.1, y, text[:letters], family="monospace", size=6.4, color=color, va="center")


def _log_text(text: str) -> str:
    """The message first, then what else the line says."""
    try:
        fields = json.loads(text)
    except ValueError:
        return text
    if not isinstance(fields, dict):
        return text
    hidden = ("msg", "time", "version", "environment", "_aws")
    rest = [f"{name}={value}" for name, value in fields.items() if name not in hidden]
    return f"{fields.get('msg', '')}  {' '.join(rest)}".replace("\n", " ")


def _color(value: float, steps: Sequence[Any]) -> str:
    passed = [step for step in steps if step["value"] is None or value >= step["value"]]
    name = str(passed[-1]["color"])
    return COLORS.get(name, name)


def _last(series: Series) -> float:
    """The newest value that is one."""
    known = [value for value in series.values if value == value]
    return known[-1] if known else float("nan")


def _top(axes: Axes, lines: list[Series], unit: str) -> float:
    """Where all is 0, the axis ends at 1 (a percent) and not at nearly 0."""
    highest = max((v for line in lines for v in line.values if v == v), default=0.0)
    least = 0.01 if unit == "percentunit" else 1.0
    return axes.get_ylim()[1] if highest > 0 else least


def _moments(times: Sequence[float]) -> list[Any]:
    return [datetime.fromtimestamp(time, UTC) for time in times]


def _short(name: str) -> str:
    return name if len(name) <= LEGEND_LETTERS else name[: LEGEND_LETTERS - 1] + "…"


def _png(figure: Figure) -> bytes:
    """With a palette, which is enough for lines, and a third of the bytes."""
    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png")
    image = Image.open(full).convert("RGB")
    reduced = image.quantize(palette=_with_swatches(image).quantize(256), dither=Image.Dither.NONE)
    reduced.save(small, format="png", optimize=True)
    return small.getvalue()


def _with_swatches(image: Image.Image) -> Image.Image:
    """The image with a stripe of each colour below, lest a thin line's be averaged away."""
    colors = (WALL, PAPER, INK, PALE, *COLORS.values(), *PALETTE)
    larger = Image.new("RGB", (image.width, image.height + len(colors) * SWATCH_PIXELS))
    larger.paste(image)
    for number, color in enumerate(colors):
        top = image.height + number * SWATCH_PIXELS
        larger.paste(color, (0, top, image.width, top + SWATCH_PIXELS))
    return larger
