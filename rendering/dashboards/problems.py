"""Checks the dashboards, and reports all their problems at once."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard, GridPos, Panel

from rendering.dashboards import sources
from rendering.dashboards.names import LABEL, MOST, OPEN, names
from rendering.dashboards.queries import BUILT_IN, VARIABLE, legend_of, queries
from rendering.dashboards.rendered import boards, every_panel
from rendering.dashboards.series import known_series, series_of
from rendering.dashboards.variables import DASHBOARDS

WIDTH = 24
EVERY_SOURCE = {source.uid for source in vars(sources).values() if hasattr(source, "uid")}
SOURCES = EVERY_SOURCE - {sources.MIXED.uid}
WITHOUT_UNIT = ("logs", "table")
# Units of Grafana that say nothing.
NO_UNIT = ("none", "short", "string")
ADDRESSES = {"instance", "address", "ip", "host"}
GROUPED = re.compile(r"(?:max|min|sum|count) by \((?P<labels>[\w, ]+)\) \((?P<inner>.*)\)")


def problems() -> list[str]:
    """One line per problem; none where the dashboards may be rendered."""
    found = [f"{board.uid}: {text}" for board in boards() for text in _of_board(board)]
    uids = sorted(board.uid or "" for board in boards())
    if uids != sorted(DASHBOARDS):
        found.append(f"dashboards are {uids}, but should be {sorted(DASHBOARDS)}")
    return found + list(_unknown_series())


def _of_board(board: Dashboard) -> Iterator[str]:
    if board.title != DASHBOARDS.get(board.uid or ""):
        yield f"its title is {board.title!r}, but {DASHBOARDS.get(board.uid or '')!r} elsewhere"
    numbers = [panel.id_val for panel in every_panel(board)]
    if None in numbers or len(set(numbers)) < len(numbers):
        yield f"the ids of panels are not unique: {numbers}"
    yield from _misplaced(board)
    yield from _variables(board)
    for panel in every_panel(board):
        if isinstance(panel, Panel):
            yield from (f"{panel.title}: {text}" for text in _of_panel(panel))


def _of_panel(panel: Panel) -> Iterator[str]:
    if not panel.description:
        yield "no description: say what to look for"
    unit = panel.field_config and panel.field_config.defaults.unit
    if panel.type_val not in WITHOUT_UNIT and (not unit or unit in NO_UNIT):
        yield "no unit: say what is counted, e.g. suffix:jobs"
    yield from _words(panel)
    if panel.type_val == "stat" and "valueSize" not in _json(panel)["options"].get("text", {}):
        # packages/grafana-ui/src/components/BigValue/BigValueLayout.ts: as large as it fits.
        yield "the shorter its text is, the larger it is: give it a size"
    if panel.type_val == "table":
        yield from _columns(panel)
    if panel.type_val == "timeseries":
        yield from _legend(panel)
    if not panel.targets:
        yield "no query"
    letters = [getattr(target, "ref_id", "") for target in panel.targets or []]
    if len(set(letters)) < len(letters):
        yield f"two queries have one letter: {letters}"
    if not panel.datasource or panel.datasource.uid not in EVERY_SOURCE:
        yield "its data source is not one that is provisioned"


def _words(panel: Panel) -> Iterator[str]:
    """Grafana takes the first range that a value is in, its ends included
    (packages/grafana-data/src/utils/valueMappings.ts, getValueMappingResult)."""
    config = _json(panel)["fieldConfig"]
    styles = [style for override in config["overrides"] for style in override["properties"]]
    found = [style["value"] for style in styles if style["id"] == "mappings"]
    for mappings in (config["defaults"].get("mappings") or [], *found):
        ranges = [each["options"] for each in mappings if each["type"] == "range"]
        for first, later in combinations(ranges, 2):
            ends = math.inf if first["to"] is None else first["to"]
            if first["from"] < later["from"] <= ends:
                words = first["result"]["text"], later["result"]["text"]
                yield f"{later['from']:g} is written {words[0]!r}, not {words[1]!r}"


def _columns(panel: Panel) -> Iterator[str]:
    """Of a table, a unit for each value; no column and no row that Grafana would not have."""
    written = _json(panel)
    styled = {each["matcher"]["options"] for each in written["fieldConfig"]["overrides"]}
    values = _values([target["refId"] for target in written["targets"]])
    titles: list[str] = []
    for transformation in written["transformations"]:
        for name, title in transformation["options"].get("renameByName", {}).items():
            if name.startswith("Value") and name not in values:
                yield f"column {title}: there is no field {name}, only {', '.join(values)}"
            if name.startswith("Value") and title not in styled:
                yield f"column {title}: no unit"
            titles.append(title)
    for title in [by["displayName"] for by in written["options"]["sortBy"]]:
        if title not in titles:
            yield f"no column {title} to sort by"
    yield from _rows([target["expr"] for target in written["targets"]])


def _values(letters: Sequence[str]) -> list[str]:
    """The fields of values: their names have letters from two queries on
    (packages/grafana-prometheus/src/result_transformer.ts, getValueText)."""
    return [f"Value #{letter}" for letter in letters] if len(letters) > 1 else ["Value"]


def _rows(queries: Sequence[str]) -> Iterator[str]:
    """Merge makes one row of those that agree in all fields that the queries have in common, so in
    `__name__` too (packages/grafana-data/src/transformations/transformers/merge.ts)."""
    kept = [_labels(query) for query in queries]
    if len(queries) > 1 and (None in kept or len(set(kept)) > 1):
        yield "its queries give rows of their own: aggregate each by the same labels"


def _labels(query: str) -> str | None:
    """The labels that a query's outermost aggregation keeps; None where it has none."""
    match = GROUPED.fullmatch(query)
    if not match:
        return None
    open_ones = 0
    for letter in match["inner"]:
        open_ones += {"(": 1, ")": -1}.get(letter, 0)
        if open_ones < 0:
            return None
    return match["labels"]


def _legend(panel: Panel) -> Iterator[str]:
    """Gaps stay gaps; each name is told from the others, and none is left out."""
    config = _json(panel)["fieldConfig"]
    if config["defaults"]["custom"].get("spanNulls") is not False:
        yield "it draws lines over gaps: spanNulls is not off"
    count = 0
    for target in panel.targets or []:
        legend, most = legend_of(target), int(getattr(target, "most", 0))
        known = names(legend)
        count += most or len(known or ())
        if not most and (known is None or set(LABEL.findall(legend)) & OPEN):
            yield f"legend {legend!r}: as many names as there are values; limit them by largest()"
        if set(LABEL.findall(legend)) & ADDRESSES or legend == "__auto":
            yield f"legend {legend!r}: a name tells more than an address"
    if count > MOST:
        yield f"{count} names in the legend, of which {MOST} can be told apart"
    yield from _limits(config["defaults"])
    yield from _colors(config, [legend_of(target) for target in panel.targets or []])


def _limits(defaults: Any) -> Iterator[str]:
    """Limits are lines within the axis, in the colour of what lies beyond them.

    In packages/grafana-ui/src/components/uPlot/config of Grafana: a line has its step's colour, or
    the one below where it or a later step is transparent (UPlotThresholds.ts, addLines); an axis is
    as long as values and bounds make it, whatever the limits are (UPlotScaleBuilder.ts, getConfig).
    """
    custom = defaults["custom"]
    if custom.get("thresholdsStyle", {}).get("mode") != "dashed":
        return
    base, *steps = defaults["thresholds"]["steps"]
    colors = [step["color"] for step in (base, *steps)]
    if colors.count("transparent") != 1:
        yield "its limits have no side on which all is well: make one transparent"
    if "green" in colors:
        yield "a limit is drawn in green: make what is well transparent"
    nearest = steps[0]["value"] if base["color"] == "transparent" else steps[-1]["value"]
    if max(custom.get("axisSoftMax", 0), defaults.get("max", 0)) < nearest:
        yield f"the axis ends below the limit of {nearest:g} while values are small"
    if min(custom.get("axisSoftMin", math.inf), defaults.get("min", math.inf)) > nearest:
        yield f"the axis begins above the limit of {nearest:g} while values are large"


def _colors(config: Any, legends: Sequence[str]) -> Iterator[str]:
    """No colour is Grafana's choice, and none says two things."""
    if (config["defaults"].get("color") or {}).get("mode") != "shades":
        yield "names that are not known have no colour: Grafana gives them green, yellow and red"
    styles = {
        override["matcher"]["options"]: {
            each["id"]: each["value"] for each in override["properties"]
        }
        for override in config["overrides"]
    }
    fixed = {
        name: style["color"]["fixedColor"] for name, style in styles.items() if "color" in style
    }
    for name in sorted({name for legend in legends for name in names(legend) or ()} - set(fixed)):
        yield f"{name} has no colour"
    lines = [(color, "custom.lineStyle" in styles[name]) for name, color in fixed.items()]
    for color in sorted({color for color, dashed in lines if lines.count((color, dashed)) > 1}):
        yield f"two names have the colour {color}"


def _json(panel: Panel) -> Any:
    return json.loads(json.dumps(panel, cls=JSONEncoder))


def _misplaced(board: Dashboard) -> Iterator[str]:
    placed = [(p.title, p.grid_pos) for p in every_panel(board) if p.grid_pos]
    for title, place in placed:
        if place.x + place.w > WIDTH:
            yield f"{title}: wider than the dashboard: {place.x} + {place.w} > {WIDTH}"
    for (one, first), (other, second) in combinations(placed, 2):
        if _overlap(first, second):
            yield f"{one} and {other} overlap"


def _overlap(one: GridPos, other: GridPos) -> bool:
    beside = one.x + one.w <= other.x or other.x + other.w <= one.x
    above = one.y + one.h <= other.y or other.y + other.h <= one.y
    return not beside and not above


def _variables(board: Dashboard) -> Iterator[str]:
    defined = {variable.name for variable in board.templating.list_val or []}
    text = json.dumps([board.panels, board.annotations], cls=JSONEncoder)
    used = {match["bare"] or match["braced"] for match in VARIABLE.finditer(text)}
    for name in sorted(defined - used):
        yield f"variable {name}: no query uses it"
    for name in sorted(used - defined - set(BUILT_IN)):
        yield f"${name} is used, but no variable has this name"


def _unknown_series() -> Iterator[str]:
    for query in queries():
        if query.source == "prometheus":
            for name in sorted(series_of(query.expr) - known_series()):
                yield (
                    f"{query.dashboard}: {query.panel}: nothing makes the series {name}: "
                    "correct it, or add it to rendering/dashboards/series.py"
                )
