"""Lines over time, with gaps where there was no value, and their legend."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import matplotlib.dates as dates
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import Locator, MaxNLocator, MultipleLocator

from rendering.dashboards.names import MOST
from rendering.dashboards.panels import CALCS
from rendering.dashboards.pictures.readings import Series, Span
from rendering.dashboards.pictures.style import (
    INK,
    LETTER_INCHES,
    LINE,
    PALE,
    WALL,
    nth_shade,
    shade,
)
from rendering.dashboards.pictures.units import written

CLOCK = (60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400)
ROW, LEFT, BELOW, RIGHT = 0.15, 0.62, 0.3, 0.15
# Units that are counted in whole numbers.
FRACTIONS = ("cores", "times", "samples/s")
MOST_LEGEND = 0.62
CALC_INCHES, TICK_INCHES = 0.7, 0.45
DASHES = (0, (1, 0.4))
# Between times below a graph. Without the 2, some minutes have one time alone.
MINUTES = [1, 2, 5, 10, 15, 30]


class TooManyNamesError(Exception):
    """A panel has more names than colours, or than fit beside it."""


@dataclass(frozen=True)
class Room:
    """Where a graph may be, in inches from the card's lower left corner."""

    width: float
    height: float


def graph(card: Axes, panel: Any, lines: Sequence[Series], room: Room, span: Span) -> Axes:
    """Errors: TooManyNamesError."""
    colors = _colors(panel, [line.name for line in lines])
    rank = panel["options"]["legend"].get("sortBy")
    if rank:
        longest = max(len(line.name) for line in lines)
        calcs = panel["options"]["legend"]["calcs"]
        wanted = len(calcs) * CALC_INCHES + longest * LETTER_INCHES + 0.55
        right, below = min(wanted, room.width * MOST_LEGEND), BELOW
        _table(card, panel, lines, colors, (room.width - right + 0.1, right - 0.2, room.height))
    else:
        right, below = (
            RIGHT,
            BELOW + _list(card, panel, list(dict.fromkeys(line.name for line in lines)), colors),
        )
    unit = panel["fieldConfig"]["defaults"]["unit"]
    left = LEFT + LETTER_INCHES * max(0, len(unit.partition(":")[2]) - 2)
    place = (left, below, room.width - left - right, room.height - below - 0.08)
    axes = _axes(card, place)
    _draw(axes, panel, lines, colors, span)
    ticks = min(7, max(2, int(place[2] / TICK_INCHES)))
    locator = dates.AutoDateLocator(minticks=2, maxticks=ticks)
    locator.intervald[dates.MINUTELY] = MINUTES
    axes.xaxis.set_major_locator(locator)
    return axes


def _axes(card: Axes, place: Sequence[float]) -> Axes:
    """Axes at a place of the card, in inches."""
    figure = card.get_figure(root=True)
    assert figure
    box, (width, height) = card.get_position(), figure.get_size_inches()
    x, y, w, h = place
    return figure.add_axes(
        (box.x0 + x / width, box.y0 + y / height, max(w, 0.5) / width, max(h, 0.3) / height)
    )


def _known(panel: Any) -> dict[str, str]:
    """The colour of each name that is known beforehand."""
    return {
        override["matcher"]["options"]: value["value"]["fixedColor"]
        for override in panel["fieldConfig"]["overrides"]
        for value in override["properties"]
        if value["id"] == "color"
    }


def _colors(panel: Any, names: Sequence[str]) -> dict[str, str]:
    shown = list(dict.fromkeys(names))
    if len(shown) > MOST:
        raise TooManyNamesError(f"{panel['title']}: {len(shown)} names, {MOST} colours")
    base = panel["fieldConfig"]["defaults"]["color"]["fixedColor"]
    shades = {name: nth_shade(base, number) for number, name in enumerate(shown)}
    return shades | {name: shade(color) for name, color in _known(panel).items()}


def _draw(
    axes: Axes, panel: Any, lines: Sequence[Series], colors: Mapping[str, str], span: Span
) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    custom = defaults.get("custom", {})
    if custom.get("stacking", {}).get("mode") == "normal":
        _stack(axes, lines, colors, span)
    else:
        dashed = _dashed(panel)
        for line in lines:
            style = "--" if line.name in dashed else "-"
            _line(axes, line, colors[line.name], style, span.step)
    axes.set_xlim(*moments((span.start, span.end)))
    unit = defaults["unit"]
    _limit(axes, defaults, lines)
    axes.yaxis.set_major_formatter(lambda value, _: written(value, unit))
    axes.yaxis.set_major_locator(_ticks(axes.get_ylim()[1], unit))
    axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M"))
    axes.tick_params(length=0, labelsize=7, labelcolor=PALE)
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_facecolor("none")
    axes.spines[:].set_visible(False)


def _line(axes: Axes, line: Series, color: str, style: str, step: int) -> None:
    """Broken where more than a step has no value; a value alone is a dot."""
    for piece in pieces(line, step):
        times, values = moments([time for time, _ in piece]), [value for _, value in piece]
        marker = "." if len(piece) == 1 else None
        axes.plot(times, values, color=color, linewidth=1.3, marker=marker, linestyle=style)


def pieces(line: Series, step: int) -> list[list[tuple[float, float]]]:
    """The parts of a line between its gaps."""
    found: list[list[tuple[float, float]]] = []
    before = -math.inf
    for time, value in zip(line.times, line.values, strict=True):
        if not math.isfinite(value):
            before = -math.inf
            continue
        if time - before > 1.5 * step:
            found.append([])
        found[-1].append((time, value))
        before = time
    return found


def _stack(axes: Axes, lines: Sequence[Series], colors: Mapping[str, str], span: Span) -> None:
    """One above the other; where a line has no value nothing is drawn of it."""
    count = int((span.end - span.start) // span.step) + 1
    grid = [span.start + number * span.step for number in range(count)]
    floor = [0.0] * count
    for line in lines:
        known = _on_grid(line, span.step)
        values = [known.get(round(time / span.step)) for time in grid]
        top = [low + (value or 0.0) for low, value in zip(floor, values, strict=True)]
        there = [value is not None for value in values]
        color = colors[line.name]
        axes.fill_between(
            moments(grid), floor, top, where=there, color=color, alpha=0.75, linewidth=0
        )
        floor = top


def _on_grid(line: Series, step: int) -> dict[int, float]:
    pairs = zip(line.times, line.values, strict=True)
    return {round(time / step): value for time, value in pairs if math.isfinite(value)}


def _limit(axes: Axes, defaults: Any, lines: Sequence[Series]) -> None:
    """The ends of the vertical axis, and the thresholds within them."""
    custom = defaults["custom"]
    low, high = axes.get_ylim()
    if "min" in defaults:
        low = defaults["min"]
        highest = max((v for line in lines for v in line.values if v == v), default=0.0)
        if highest <= 0:
            high = 0.01 if defaults["unit"] == "percentunit" else 1.0
    low = min(low, custom.get("axisSoftMin", low))
    high = max(high, custom.get("axisSoftMax", high))
    if "max" in defaults:
        high = defaults["max"] + (defaults["max"] - low) * 0.05
    if custom.get("thresholdsStyle", {}).get("mode") == "dashed":
        for value, color in limit_lines(defaults["thresholds"]["steps"]):
            # Below the lines, as Grafana has them (UPlotConfigBuilder.ts, addThresholds).
            color = shade(color)
            axes.axhline(value, color=color, linewidth=1, linestyle="--", alpha=0.8, zorder=1.9)
    axes.set_ylim(low, high)


def limit_lines(steps: Sequence[Any]) -> list[tuple[float, str]]:
    """Value and colour of each: of its step, or up to a transparent one of the step below."""
    colors = [step["color"] for step in steps]
    clear = colors.index("transparent")
    return [
        (step["value"], colors[number - 1] if number <= clear else colors[number])
        for number, step in enumerate(steps)
        if number > 0
    ]


def _ticks(top: float, unit: str) -> Locator:
    """Round figures of what the unit counts by: powers of 2, minutes and hours, or of 10."""
    if unit in ("bytes", "Bps") and top > 1:
        return MultipleLocator(2 ** math.ceil(math.log2(top / 5)))
    if unit == "s" and top >= 120:
        return MultipleLocator(next((step for step in CLOCK if step >= top / 6), CLOCK[-1]))
    counted = unit.partition(":")[2]
    whole = bool(counted) and counted not in FRACTIONS
    return MaxNLocator(5, integer=whole)


def _dashed(panel: Any) -> set[str]:
    return {
        override["matcher"]["options"]
        for override in panel["fieldConfig"]["overrides"]
        if any(value["id"] == "custom.lineStyle" for value in override["properties"])
    }


def _list(card: Axes, panel: Any, names: Sequence[str], colors: Mapping[str, str]) -> float:
    """All names below the graph, in as many rows as they need. Returns the rows' height."""
    width = card.get_xlim()[1]
    columns = max(1, int(width / (0.32 + LETTER_INCHES * max(map(len, names)))))
    columns = min(columns, len(names))
    dashed = _dashed(panel)
    handles = [_swatch([], [], colors[name], dashed=name in dashed) for name in names]
    card.legend(
        handles,
        names,
        loc="lower left",
        ncols=columns,
        frameon=False,
        fontsize=7,
        handlelength=1,
        columnspacing=1.1,
        labelspacing=0.25,
        borderaxespad=0.5,
        borderpad=0.2,
    )
    return ROW * math.ceil(len(names) / columns)


def _swatch(x: Sequence[float], y: Sequence[float], color: str, *, dashed: bool) -> Line2D:
    """Beside a name, dashed as its line is (packages/grafana-ui, SeriesIcon.tsx)."""
    return Line2D(x, y, color=color, linewidth=3, linestyle=DASHES if dashed else "-")


def _table(
    card: Axes,
    panel: Any,
    lines: Sequence[Series],
    colors: Mapping[str, str],
    place: tuple[float, float, float],
) -> None:
    """All names beside the graph, ranked by the last of their calculations. Those that nobody knows
    beforehand may be cut."""
    left, width, height = place
    dashed, known = _dashed(panel), _known(panel)
    calcs = panel["options"]["legend"]["calcs"]
    ranked = sorted(((*_calcs(line, calcs), line.name) for line in lines), key=_rank)
    row = min(0.2, (height - 0.3) / max(len(ranked), 1))
    if row < 0.115:
        raise TooManyNamesError(f"{panel['title']}: {len(ranked)} names do not fit beside it")
    ends = [left + width - CALC_INCHES * number for number in reversed(range(len(calcs)))]
    for calc, end in zip(calcs, ends, strict=True):
        text = f"{CALCS[calc]} ↓" if calc == calcs[-1] else CALCS[calc]
        card.text(end, height - 0.1, text, color=PALE, size=6.8, ha="right", va="center")
    room = int((width - len(calcs) * CALC_INCHES - 0.2) / LETTER_INCHES)
    for number, (*values, name) in enumerate(ranked):
        y = height - 0.3 - number * row
        if number % 2 == 0:
            card.axhspan(y - row / 2, y + row / 2, left / card.get_xlim()[1], 0.995, color=WALL)
        swatch = [left + 0.03, left + 0.13]
        card.add_line(_swatch(swatch, [y, y], colors[name], dashed=name in dashed))
        if len(name) > room and name in known:
            raise TooManyNamesError(f"{panel['title']}: {name!r} does not fit beside it")
        shown = name if len(name) <= room else f"{name[: room - 1]}…"
        card.text(left + 0.2, y, shown, color=INK, size=7, va="center")
        for value, end in zip(values, ends, strict=True):
            text = written(value, panel["fieldConfig"]["defaults"]["unit"])
            card.text(end, y, text, color=INK, size=7, ha="right", va="center")


def _rank(row: Sequence[Any]) -> float:
    """The largest first; last what has no value (packages/grafana-ui, VizLegendTable.tsx)."""
    value = float(row[-2])
    return math.inf if math.isnan(value) else -value


def _calcs(line: Series, calcs: Sequence[str]) -> list[float]:
    known = [value for value in line.values if math.isfinite(value)] or [math.nan]
    values = {"lastNotNull": known[-1], "diff": known[-1] - known[0]}
    return [values[calc] for calc in calcs]


def moments(times: Sequence[float]) -> list[Any]:
    return [datetime.fromtimestamp(time, UTC) for time in times]
