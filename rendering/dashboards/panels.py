"""Panels of all dashboards: a title, what to look for, a unit and thresholds."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grafana_foundation_sdk.builders import common, logs, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as models

from rendering.dashboards.targets import Loki, Prom, Target

AnyPanel = Builder[models.Panel]

HEIGHT = 8
GREEN, YELLOW, ORANGE, RED = "green", "#EAB839", "orange", "red"
# A limit for each colour, from the lowest up; below the first the colour is `base`.
Limits = Sequence[tuple[float, str]]


def graph(
    title: str,
    look_for: str,
    unit: str,
    *targets: Target,
    width: int = 8,
    limits: Limits = (),
    base: str = "transparent",
    stacked: bool = False,
    maximum: float | None = None,
    floor: float | None = 0,
) -> timeseries.Panel:
    """Lines over time. `unit` is Grafana's id of a unit, e.g. s, bytes, percentunit, reqps."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(look_for)
        .unit(unit)
        .span(width)
        .height(HEIGHT)
        .datasource(targets[0].source)
        .targets(_lettered(targets))
        .line_width(1.5)
        .fill_opacity(30 if stacked else 8)
        .show_points(options.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(options.LegendDisplayMode.LIST)
            .placement(options.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI))
    )
    if floor is not None:
        panel.min(floor)
    if maximum is not None:
        panel.max(maximum)
    if stacked:
        panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL).group("A"))
    if limits:
        style = options.GraphTresholdsStyleMode.DASHED
        panel.thresholds(thresholds(limits, base))
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(style))
    return panel


def number(
    title: str,
    look_for: str,
    unit: str,
    *targets: Prom | Loki,
    width: int = 4,
    height: int = 4,
    limits: Limits = (),
    base: str = GREEN,
    decimals: int | None = None,
) -> stat.Panel:
    """The newest values in large figures, coloured by their limits."""
    panel = (
        stat.Panel()
        .title(title)
        .description(look_for)
        .unit(unit)
        .span(width)
        .height(height)
        .datasource(targets[0].source)
        .targets(_lettered(targets))
        .thresholds(thresholds(limits, base))
        .graph_mode(options.BigValueGraphMode.AREA)
        .color_mode(options.BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    )
    return panel if decimals is None else panel.decimals(decimals)


@dataclass(frozen=True)
class Column:
    """`field`: a label, or `Value #A` for the first query's value; `title`: its heading."""

    field: str
    title: str
    unit: str = ""
    limits: Limits = ()
    base: str = GREEN
    decimals: int = 2


def rows(
    title: str,
    look_for: str,
    *targets: Prom,
    columns: Sequence[Column],
    width: int = 12,
    height: int = HEIGHT,
) -> table.Panel:
    """The newest values as a table, one row for each set of labels, sorted by the first column."""
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
        .targets(_lettered(targets))
        .with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(models.DataTransformerConfig(id_val="organize", options=organized))
        .sort_by([common.TableSortByFieldState().display_name(columns[0].title)])
    )
    for column in columns:
        if column.unit:
            panel.override_by_name(column.title, _column_style(column))
    return panel


def _column_style(column: Column) -> list[models.DynamicConfigValue]:
    style = [
        models.DynamicConfigValue("unit", column.unit),
        models.DynamicConfigValue("decimals", column.decimals),
    ]
    if column.limits:
        style += [
            models.DynamicConfigValue("thresholds", thresholds(column.limits, column.base).build()),
            models.DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
        ]
    return style


def lines(
    title: str, look_for: str, *targets: Loki, width: int = 24, height: int = 10
) -> logs.Panel:
    """Log lines, newest first; the data source links request and trace ids."""
    return (
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


def thresholds(limits: Limits, base: str) -> builders.ThresholdsConfig:
    steps = [models.Threshold(value=None, color=base)]
    steps += [models.Threshold(value=value, color=color) for value, color in limits]
    return builders.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _lettered(targets: Sequence[Target]) -> list[Builder[Dataquery]]:
    """Letters as the ids of a panel's queries, as Grafana expects."""
    return [
        replace(target, ref=letter)
        for letter, target in zip(string.ascii_uppercase, targets, strict=False)
    ]
