"""All queries of all dashboards, ready to be run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grafana_foundation_sdk.models.cloudwatch import CloudWatchMetricsQuery
from grafana_foundation_sdk.models.dashboard import Dashboard, RowPanel, VariableModel

from rendering.dashboards.rendered import boards, every_panel
from rendering.dashboards.targets import LokiModel, PromModel
from rendering.dashboards.variables import NOT_LATELY

# Variables that Grafana sets itself, at the scrape interval of 15 s.
BUILT_IN = {"__rate_interval": "1m", "__interval": "15s", "__auto": "1m", "__range": "6h"}
VARIABLE = re.compile(r"\$(?:(?P<bare>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::\w+)?\})")
LABEL_VALUES = re.compile(r"label_values\((?P<series>.+), (?P<label>\w+)\)")


@dataclass(frozen=True)
class Query:
    """One query. `source` is the data source's uid: prometheus, loki or cloudwatch.

    `may_be_empty` says why no data can be right; where it is empty, no data is a fault, except
    from CloudWatch, which knows AWS alone. CloudWatch's read `namespace metric {dimensions}`.
    """

    dashboard: str
    panel: str
    source: str
    expr: str
    may_be_empty: str = ""


def queries(values: Mapping[str, str] | None = None) -> list[Query]:
    """Queries of panels, annotations and variables.

    `values` replaces the chosen value of variables, e.g. {"service": "worker"}; without one a
    variable has its default (service backend, queue jobs, environment local).
    """
    return [query for board in boards() for query in _queries_of(board, values or {})]


def defaults(board: Dashboard) -> dict[str, str]:
    """The initial value of each variable of a dashboard, and of Grafana's own."""
    chosen = {variable.name: variable.current for variable in _variables(board)}
    return BUILT_IN | {name: str(option.value) for name, option in chosen.items() if option}


def substituted(text: str, values: Mapping[str, str]) -> str:
    """`$name` and `${name}` replaced; a name without a value stays."""

    def value(match: re.Match[str]) -> str:
        return values.get(match["bare"] or match["braced"], match[0])

    return VARIABLE.sub(value, text)


def legend_of(target: object) -> str:
    """Grafana's template of the names of a query's series."""
    if isinstance(target, CloudWatchMetricsQuery):
        return target.label or ""
    assert isinstance(target, PromModel | LokiModel)
    return target.legend_format or ""


def _queries_of(board: Dashboard, values: Mapping[str, str]) -> Iterator[Query]:
    uid, known = board.uid or "", {**defaults(board), **values}
    for name, source, expr, may_be_empty in _templates(board):
        yield Query(uid, name, source, substituted(expr, known), may_be_empty)


def _templates(board: Dashboard) -> Iterator[tuple[str, str, str, str]]:
    for panel in every_panel(board):
        if isinstance(panel, RowPanel):
            continue
        for target in panel.targets or []:
            if isinstance(target, PromModel | LokiModel):
                source = "prometheus" if isinstance(target, PromModel) else "loki"
                yield panel.title or "", source, target.expr, target.empty_because
            elif isinstance(target, CloudWatchMetricsQuery):
                yield panel.title or "", "cloudwatch", _cloudwatch(target), ""
            else:
                raise TypeError(f"{board.uid}: {panel.title}: unknown query {target!r}")
    for mark in board.annotations.list_val or []:
        yield f"marks: {mark.name}", mark.datasource.uid or "", mark.expr or "", NOT_LATELY
    for variable in _variables(board):
        # Loki's are read by its labels API, not by a query.
        if isinstance(variable.query, str) and (match := LABEL_VALUES.fullmatch(variable.query)):
            expr = f"group by ({match['label']}) ({match['series']})"
            yield f"variable: {variable.name}", "prometheus", expr, ""


def _variables(board: Dashboard) -> list[VariableModel]:
    return board.templating.list_val or []


def _cloudwatch(target: CloudWatchMetricsQuery) -> str:
    if target.expression:
        return target.expression
    pairs = [f"{name}={value}" for name, value in sorted((target.dimensions or {}).items())]
    return f"{target.namespace} {target.metric_name} {{{', '.join(pairs)}}}"
