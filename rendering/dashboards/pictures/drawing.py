"""Draws a rendered dashboard from its own queries, panel by panel in its own grid."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from rendering.dashboards.names import MEANING, OTHERS, PALETTE, YELLOW
from rendering.dashboards.pictures import cards
from rendering.dashboards.pictures.graphs import Room, graph, moments
from rendering.dashboards.pictures.readings import LogLine, Series, Sources, Span
from rendering.dashboards.pictures.style import (
    COLORS,
    COLUMN_INCHES,
    COLUMNS,
    DPI,
    FOOT,
    GAP,
    HEAD,
    INK,
    LINE,
    PALE,
    PAPER,
    ROW_INCHES,
    WALL,
    shade,
)
from rendering.dashboards.queries import substituted

SWATCH_PIXELS = 40
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
    """A PNG of the dashboard's JSON. Errors: SourceError, TooManyNamesError."""
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
            times = [found.time] if isinstance(found, LogLine) else _starts(found, view.span)
            yield from ((time, mark["iconColor"]) for time in times)


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
    card, height = _card(figure, panel, view, box)
    # Of a panel's queries all give lines, or all give log lines.
    found: list[tuple[Any, list[Any]]] = [(each, view.read(each)) for each in panel["targets"]]
    every: list[Any] = [one for _, each in found for one in each]
    if panel["type"] == "table" and every:
        every = every if cards.table(card, panel, found, view.span, height) else []
    elif panel["type"] == "timeseries" and every:
        axes = graph(card, panel, every, Room(card.get_xlim()[1], height), view.span)
        for time, color in marks:
            axes.axvline(*moments((time,)), color=color, linewidth=0.9, linestyle=":", alpha=0.8)
    elif panel["type"] == "stat" and every:
        cards.numbers(card, panel, every, view.span, height)
    elif every:
        cards.log(card, every, height)
    if not every:
        text = panel["fieldConfig"]["defaults"].get("noValue") or "no data"
        middle = card.get_xlim()[1] / 2
        card.text(middle, height / 2, text, color=PALE, size=10, ha="center", va="center")


def _card(figure: Figure, panel: Any, view: View, box: Sequence[float]) -> tuple[Axes, float]:
    """The panel's frame and title; and the height that is left below. What to look for is behind an
    (i) in Grafana (packages/grafana-ui/src/components/PanelChrome/PanelDescription.tsx)."""
    width, height = figure.get_size_inches()
    x, y, w, h = (box[0] + GAP / 2, box[1] + GAP / 2, box[2] - GAP, box[3] - GAP)
    card = figure.add_axes((x / width, y / height, w / width, h / height))
    card.set(xticks=[], yticks=[], facecolor=PAPER, xlim=(0, w), ylim=(0, h))
    card.spines[:].set_color(LINE)
    title = substituted(panel["title"], view.values)
    card.text(0.1, h - 0.15, f"{title}  (i)", weight="bold", size=8, va="center")
    return card, h - 0.34


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
    named = [shade(color) for color in (*MEANING.values(), YELLOW, OTHERS)]
    colors = dict.fromkeys((WALL, PAPER, INK, PALE, *COLORS.values(), *named, *PALETTE))
    larger = Image.new("RGB", (image.width, image.height + len(colors) * SWATCH_PIXELS))
    larger.paste(image)
    for number, color in enumerate(colors):
        top = image.height + number * SWATCH_PIXELS
        larger.paste(color, (0, top, image.width, top + SWATCH_PIXELS))
    return larger
