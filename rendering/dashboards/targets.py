"""Queries of panels: PromQL, LogQL and CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import cloudwatch, loki, prometheus
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from rendering.dashboards import sources


class PromModel(prometheus.Dataquery):
    """`empty_because`: why no data can be right; such a query may return nothing in a test."""

    empty_because: str = ""


class LokiModel(loki.Dataquery):
    """`empty_because`: as in PromModel."""

    empty_because: str = ""


@dataclass(frozen=True)
class Prom(Builder[Dataquery]):
    """A PromQL query over the dashboard's time range.

    `legend` is Grafana's template of a series' name: {{label}}. `may_be_empty` gives the reason
    why no data can be right. `table` asks for the newest values alone, one row a series.
    `ref` is its letter in the panel.
    """

    expr: str
    legend: str = ""
    may_be_empty: str = ""
    table: bool = False
    ref: str = "A"
    source: DataSourceRef = sources.PROMETHEUS

    def build(self) -> PromModel:
        model = PromModel(
            ref_id=self.ref,
            expr=self.expr,
            legend_format=self.legend or "__auto",
            instant=self.table,
            range_val=not self.table,
            format_val=prometheus.PromQueryFormat.TABLE if self.table else None,
            editor_mode=prometheus.QueryEditorMode.CODE,
            datasource=self.source,
        )
        model.empty_because = self.may_be_empty
        return model


@dataclass(frozen=True)
class Loki(Builder[Dataquery]):
    """A LogQL query over the dashboard's time range: log lines, or a number for each step."""

    expr: str
    legend: str = ""
    may_be_empty: str = ""
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
        model.empty_because = self.may_be_empty
        return model


@dataclass(frozen=True)
class CloudWatch(Builder[Dataquery]):
    """A metric of CloudWatch, in the data source's own region; a dimension `*` means each."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str = "Average"
    label: str = ""
    ref: str = "A"
    source: DataSourceRef = sources.CLOUDWATCH

    def build(self) -> cloudwatch.CloudWatchMetricsQuery:
        return cloudwatch.CloudWatchMetricsQuery(
            ref_id=self.ref,
            id_val=self.ref.lower(),
            query_mode=cloudwatch.CloudWatchQueryMode.METRICS,
            metric_query_type=cloudwatch.MetricQueryType.SEARCH,
            metric_editor_mode=cloudwatch.MetricEditorMode.BUILDER,
            region="default",
            namespace=self.namespace,
            metric_name=self.metric,
            dimensions={name: [value] for name, value in self.dimensions.items()},
            match_exact=True,
            statistic=self.statistic,
            period="60",
            label=self.label or None,
            datasource=self.source,
        )


Target = Prom | Loki | CloudWatch
