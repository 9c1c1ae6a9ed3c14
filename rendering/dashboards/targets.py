"""Queries of panels: PromQL, LogQL and CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import cloudwatch, loki, prometheus
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from rendering.dashboards import sources


class PromModel(prometheus.Dataquery):
    """`empty_because`: why no data can be right; such a query may return nothing in a test.
    `most`: its series at most."""

    empty_because: str = ""
    most: int = 0


class LokiModel(loki.Dataquery):
    """As PromModel."""

    empty_because: str = ""
    most: int = 0


class CloudWatchModel(cloudwatch.CloudWatchMetricsQuery):
    """`most`: as in PromModel."""

    most: int = 0


@dataclass(frozen=True)
class Prom(Builder[Dataquery]):
    """A PromQL query over the dashboard's time range.

    `legend` is Grafana's template of a series' name: {{label}}. `may_be_empty` gives the reason
    why no data can be right. `most` is the number of series where the values of the legend's labels
    are not known (names.py). `instant` asks for the values of now alone, `table` for those with a
    row a series. `ref` is its letter in the panel.
    """

    expr: str
    legend: str = ""
    may_be_empty: str = ""
    most: int = 0
    instant: bool = False
    table: bool = False
    ref: str = "A"
    source: DataSourceRef = sources.PROMETHEUS

    def build(self) -> PromModel:
        model = PromModel(
            ref_id=self.ref,
            expr=self.expr,
            legend_format=self.legend or "__auto",
            instant=self.instant or self.table,
            range_val=not (self.instant or self.table),
            format_val=prometheus.PromQueryFormat.TABLE if self.table else None,
            editor_mode=prometheus.QueryEditorMode.CODE,
            datasource=self.source,
        )
        model.empty_because, model.most = self.may_be_empty, self.most
        return model


@dataclass(frozen=True)
class Loki(Builder[Dataquery]):
    """A LogQL query over the dashboard's time range: log lines, or a number for each step."""

    expr: str
    legend: str = ""
    may_be_empty: str = ""
    most: int = 0
    max_lines: int = 200
    ref: str = "A"
    source: DataSourceRef = sources.LOKI

    def build(self) -> LokiModel:
        model = LokiModel(
            ref_id=self.ref,
            expr=self.expr,
            legend_format=self.legend or None,
            query_type="range",
            max_lines=self.max_lines,
            editor_mode=loki.QueryEditorMode.CODE,
            datasource=self.source,
        )
        model.empty_because, model.most = self.may_be_empty, self.most
        return model


@dataclass(frozen=True)
class CloudWatch(Builder[Dataquery]):
    """A metric of CloudWatch, in the data source's own region; a dimension `*` means each.

    `expression` is metric math instead, over the panel's other queries by their `name`, or with
    SEARCH of its own. A `hidden` query is there for expressions alone.
    """

    namespace: str = ""
    metric: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict[str, str])
    statistic: str = "Average"
    legend: str = ""
    expression: str = ""
    name: str = ""
    hidden: bool = False
    most: int = 0
    ref: str = "A"
    source: DataSourceRef = sources.CLOUDWATCH

    def build(self) -> CloudWatchModel:
        mode = cloudwatch.MetricEditorMode
        model = CloudWatchModel(
            ref_id=self.ref,
            id_val=self.name or self.ref.lower(),
            hide=self.hidden or None,
            query_mode=cloudwatch.CloudWatchQueryMode.METRICS,
            metric_query_type=cloudwatch.MetricQueryType.SEARCH,
            metric_editor_mode=mode.CODE if self.expression else mode.BUILDER,
            region="default",
            namespace=self.namespace,
            metric_name=self.metric,
            expression=self.expression or None,
            dimensions={name: [value] for name, value in self.dimensions.items()},
            match_exact=True,
            statistic=self.statistic,
            period="60",
            label=self.legend or None,
            datasource=self.source,
        )
        model.most = self.most
        return model


Target = Prom | Loki | CloudWatch
