"""Panels: each with a title, what to look for, a unit, limits, and a colour for each name."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from grafana_foundation_sdk.builders import common, logs, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as models

from rendering.dashboards import sources
from rendering.dashboards.names import CLEAR, GREEN, OTHERS, TASKS, colors, names
from rendering.dashboards.targets import Loki, Prom, Target

AnyPanel = Builder[models.Panel]

HEIGHT = 9
# A limit for each colour, from the lowest up; below the first the colour is `base`. One side is
# transparent in a graph: all is well there, and Grafana draws a line in the other side's colour.
Limits = Sequence[tuple[float, str]]
# How much longer than up to its first limit an axis is at least.
BEYOND = 1.05
FIGURE_PIXELS = 28
# Lines drawn as limits of others: dashed.
BOUNDS = ("limit", "target", "assumed")
# Without a mode the first lines are green, yellow, blue, orange and red (palette-classic:
# packages/grafana-data/src/themes/createVisualizationColors.ts, getClassicPalette).
SHADES = models.FieldColorModeId.SHADES
# What a legend is ranked by, with Grafana's name (packages/grafana-data, fieldReducer.ts).
CALCS = {"lastNotNull": "Last *", "diff": "Difference"}
COLORED = {"type": "color-text"}
Rank = Literal["last", "growth"]
Order = Literal["smallest first", "largest first"]
RANKS: Mapping[Rank, Sequence[str]] = {"last": ["lastNotNull"], "growth": ["lastNotNull", "diff"]}


@dataclass(frozen=True)
class NoLimit:
    """No number of this panel is too many, and why."""

    reason: str


def graph(
    title: str,
    look_for: str,
    unit: str,
    *targets: Target,
    limits: Limits | NoLimit,
    width: int = 8,
    height: int = HEIGHT,
    base: str = CLEAR,
    stacked: bool = False,
    maximum: float | None = None,
    floor: float | None = 0,
    rank: Rank | None = None,
    empty: str = "",
) -> timeseries.Panel:
    """Lines over time, with gaps where there was no value.

    `unit` is Grafana's id of a unit, e.g. s, bytes, percentunit, or `suffix:jobs`. `rank` lists the
    names beside the graph with their newest value, for `growth` also with how much they grew,
    the largest first.
    """
    panel = (
        timeseries.Panel()
        .title(title)
        .description(look_for)
        .unit(unit)
        .span(width)
        .height(height)
        .datasource(_source(targets))
        .targets(_lettered(targets))
        .span_nulls(False)
        .line_width(1.5)
        .fill_opacity(30 if stacked else 8)
        .show_points(options.VisibilityMode.NEVER)
        .legend(_legend(rank))
        .color_scheme(builders.FieldColor().mode(SHADES).fixed_color(OTHERS))
        .tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI))
    )
    if floor is not None:
        panel.min(floor)
    if maximum is not None:
        panel.max(maximum)
    if stacked:
        panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL).group("A"))
    if not isinstance(limits, NoLimit):
        panel.thresholds(thresholds(limits, base))
        style = options.GraphTresholdsStyleMode.DASHED
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(style))
        if maximum is None:
            panel.axis_soft_max(round(limits[0][0] * BEYOND, 6))
        if floor is None:
            panel.axis_soft_min(round(limits[0][0] / BEYOND, 6))
    known = [name for target in targets for name in names(target.legend) or ()]
    for name, color in colors(known).items():
        panel.override_by_name(name, _line_style(name, color))
    return panel.no_value(empty) if empty else panel


def _legend(rank: Rank | None) -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(True)
    if rank is None:
        mode, place = options.LegendDisplayMode.LIST, options.LegendPlacement.BOTTOM
        return legend.display_mode(mode).placement(place)
    return (
        legend.display_mode(options.LegendDisplayMode.TABLE)
        .placement(options.LegendPlacement.RIGHT)
        .calcs(list(RANKS[rank]))
        .sort_by(CALCS[RANKS[rank][-1]])
        .sort_desc(True)
    )


def _line_style(name: str, color: str) -> list[models.DynamicConfigValue]:
    style = [models.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})]
    if name in BOUNDS or name.startswith(TASKS):
        dashes = {"fill": "dash", "dash": [6, 6]}
        style.append(models.DynamicConfigValue("custom.lineStyle", dashes))
    if name in BOUNDS:
        style.append(models.DynamicConfigValue("custom.fillOpacity", 0))
    return style


def number(
    title: str,
    look_for: str,
    unit: str,
    target: Prom,
    *,
    limits: Limits | NoLimit,
    width: int = 4,
    height: int = 5,
    base: str = GREEN,
    decimals: int | None = None,
    words: Sequence[tuple[float, str]] = (),
    named: bool = False,
) -> stat.Panel:
    """The value of now in large figures, coloured by its limits; no value where there is none now.

    `words` replace values: each word from its number on. `named` shows the legend's name too.
    """
    steps = thresholds((), "text") if isinstance(limits, NoLimit) else thresholds(limits, base)
    mode = options.BigValueTextMode.VALUE_AND_NAME if named else options.BigValueTextMode.VALUE
    panel = (
        stat.Panel()
        .title(title)
        .description(look_for)
        .unit(unit)
        .span(width)
        .height(height)
        .datasource(target.source)
        .targets(_lettered([replace(target, instant=True)]))
        .thresholds(steps)
        .text_mode(mode)
        .graph_mode(options.BigValueGraphMode.NONE)
        .color_mode(options.BigValueColorMode.VALUE)
        .text(common.VizTextDisplayOptions().value_size(FIGURE_PIXELS))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    )
    if words:
        panel.mappings(mappings(words))
    return panel if decimals is None else panel.decimals(decimals)


@dataclass(frozen=True)
class Column:
    """`field`: a label, `Value`, or where there are several queries `Value #A` for the first one's;
    `title`: its heading. `words` replace values: each word from its number on. `text_colors`: of a
    label's values. `link`: an address with `${__value.raw}` where the cell's value belongs."""

    field: str
    title: str
    unit: str = ""
    limits: Limits = ()
    base: str = GREEN
    decimals: int | None = 2
    words: Sequence[tuple[float, str]] = ()
    text_colors: Sequence[tuple[str, str]] = ()
    link: str = ""


def rows(
    title: str,
    look_for: str,
    *targets: Prom,
    columns: Sequence[Column],
    sort: Sequence[tuple[str, Order]],
    width: int = 12,
    height: int = HEIGHT,
    empty: str = "",
) -> table.Panel:
    """The values of now as a table, one row for each set of labels. `sort`: titles of columns, the
    next one for rows that are equal; `empty`: what no row means."""
    organized = {
        "indexByName": {column.field: place for place, column in enumerate(columns)},
        "renameByName": {column.field: column.title for column in columns},
        "includeByName": {column.field: True for column in columns},
    }
    panel = (
        table.Panel()
        .title(title)
        .description(look_for)
        .span(width)
        .height(height)
        .datasource(targets[0].source)
        .targets(_lettered([replace(target, table=True) for target in targets]))
        .with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(models.DataTransformerConfig(id_val="organize", options=organized))
        .sort_by(
            [
                common.TableSortByFieldState().display_name(title).desc(order == "largest first")
                for title, order in sort
            ]
        )
    )
    for column in columns:
        if column.unit or column.text_colors or column.link:
            panel.override_by_name(column.title, _column_style(column))
    return panel.no_value(empty) if empty else panel


def _column_style(column: Column) -> list[models.DynamicConfigValue]:
    if column.link:
        link = {"title": column.title, "url": column.link, "targetBlank": True}
        return [models.DynamicConfigValue("links", [link])]
    if column.text_colors:
        return _text_style(column.text_colors)
    style = [models.DynamicConfigValue("unit", column.unit)]
    if column.decimals is not None:
        style.append(models.DynamicConfigValue("decimals", column.decimals))
    if column.words:
        built = [mapping.to_json() for mapping in mappings(column.words)]
        style.append(models.DynamicConfigValue("mappings", built))
    if column.limits:
        style += [
            models.DynamicConfigValue("thresholds", thresholds(column.limits, column.base).build()),
            models.DynamicConfigValue("custom.cellOptions", COLORED),
        ]
    return style


def _text_style(text_colors: Sequence[tuple[str, str]]) -> list[models.DynamicConfigValue]:
    values = {text: {"color": color} for text, color in text_colors}
    mapping = {"type": "value", "options": values}
    return [
        models.DynamicConfigValue("mappings", [mapping]),
        models.DynamicConfigValue("custom.cellOptions", COLORED),
    ]


def lines(
    title: str,
    look_for: str,
    *targets: Loki,
    width: int = 24,
    height: int = 10,
    empty: str = "",
) -> logs.Panel:
    """Log lines, newest first; the data source links request and trace ids. `empty`: what no line
    means, or what to do."""
    panel = (
        logs.Panel()
        .title(title)
        .description(look_for)
        .span(width)
        .height(height)
        .datasource(targets[0].source)
        .targets(_lettered(targets))
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(options.LogsSortOrder.DESCENDING)
    )
    return panel.no_value(empty) if empty else panel


def thresholds(limits: Limits, base: str) -> builders.ThresholdsConfig:
    steps = [models.Threshold(value=None, color=base)]
    steps += [models.Threshold(value=value, color=color) for value, color in limits]
    return builders.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def mappings(words: Sequence[tuple[float, str]]) -> list[models.ValueMapping]:
    """A range for each word, from its number to that of the next; the highest first, since Grafana
    takes the first range that a value is in, and a range's end is in it (see problems.py)."""
    ends = [*(start for start, _ in words[1:]), None]
    ranges = [
        models.RangeMap(
            models.DashboardRangeMapOptions(start, end, models.ValueMappingResult(text=text))
        )
        for (start, text), end in zip(words, ends, strict=True)
    ]
    return list(reversed(ranges))


def _source(targets: Sequence[Target]) -> models.DataSourceRef:
    first = targets[0].source
    return first if all(target.source == first for target in targets) else sources.MIXED


def _lettered(targets: Sequence[Target]) -> list[Builder[Dataquery]]:
    """Letters as the ids of a panel's queries, as Grafana expects."""
    return [
        replace(target, ref=letter)
        for letter, target in zip(string.ascii_uppercase, targets, strict=False)
    ]
