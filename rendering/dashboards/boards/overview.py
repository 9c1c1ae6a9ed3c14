"""Platform overview: the objectives, the golden signals, what is down."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from rendering.dashboards.panels import (
    GREEN,
    ORANGE,
    RED,
    YELLOW,
    AnyPanel,
    Column,
    graph,
    number,
    rows,
)
from rendering.dashboards.targets import Loki, Prom
from rendering.dashboards.variables import PROCESSES, board

BUDGET = [(0.0, ORANGE), (0.25, YELLOW), (0.5, GREEN)]
BURN = [(1.0, YELLOW), (3.0, ORANGE), (6.0, RED), (14.4, "dark-red")]
REQUESTS = 'job="backend",route!~"/healthz|/readyz"'
# Progress streams last as long as their job, so their duration does not measure the API.
ANSWERS = 'job="backend",route!~"/healthz|/readyz|.*/events"'
RATE = "[$__rate_interval]"


def build() -> dashboard.Dashboard:
    result = board(
        "overview",
        "Does the platform meet its objectives, and if not, which one is missed and since when?",
    )
    for row, panels in (
        ("Objectives", _objectives()),
        ("Golden signals", _golden_signals()),
        ("Work in the background", _background()),
        ("What answers", _reachable()),
    ):
        result.with_row(dashboard.Row(row))
        for panel in panels:
            result.with_panel(panel)
    return result


def _objectives() -> list[AnyPanel]:
    by_slo = "by (slo, owner)"
    return [
        rows(
            "State of the objectives",
            "One line per objective over 30 days. Budget left below 0 %: the objective is missed; "
            "burn above 1: it will be if this goes on.",
            Prom(f"max {by_slo} (slo:objective:ratio)", table=True),
            Prom(f"max {by_slo} (slo:sli_error:ratio_rate30d)", table=True),
            Prom(f"max {by_slo} (slo:error_budget_remaining:ratio)", table=True),
            Prom(f"max {by_slo} (slo:current_burn_rate:ratio)", table=True),
            columns=[
                Column("slo", "Objective"),
                Column("owner", "Owner"),
                Column("Value #A", "Promised", "percentunit"),
                Column("Value #B", "Errors, 30 d", "percentunit", decimals=3),
                Column("Value #C", "Budget left", "percentunit", BUDGET, RED, decimals=1),
                Column("Value #D", "Burn now", "none", BURN),
            ],
            width=14,
        ),
        number(
            "Worst budget left",
            "The objective that has least left. At 0 % stop risky changes until it recovers.",
            "percentunit",
            Prom("min(slo:error_budget_remaining:ratio)", "worst"),
            limits=BUDGET,
            base=RED,
            width=5,
            decimals=1,
            height=8,
        ),
        number(
            "Alerts that fire",
            "Without the dead-man's switch, which always fires.",
            "none",
            Prom(
                'count(ALERTS{alertstate="firing",alertname!="Watchdog"}) or vector(0)',
                "alerts",
            ),
            limits=[(1, RED)],
            width=5,
            height=8,
        ),
        graph(
            "Error budget left",
            "A slope is slow damage, a step is an incident. A line that falls below 0 has missed "
            "its objective for these 30 days.",
            "percentunit",
            Prom("max by (slo) (slo:error_budget_remaining:ratio)", "{{slo}}"),
            width=12,
            limits=[(0.25, YELLOW)],
            floor=None,
        ),
        graph(
            "Burn rate over 1 hour",
            "1 spends the budget in exactly 30 days; 6 and 14.4 page (beside their short window), "
            "3 and 1 open a ticket.",
            "none",
            Prom(
                "max by (slo) (slo:sli_error:ratio_rate1h) / max by (slo) (slo:error_budget:ratio)",
                "{{slo}}",
            ),
            width=12,
            limits=BURN,
        ),
    ]


def _golden_signals() -> list[AnyPanel]:
    return [
        graph(
            "Traffic",
            "Requests that the API answered, by class of status. A sudden fall is as bad as 5xx.",
            "reqps",
            Prom(
                "sum by (class) (label_replace(rate(http_request_duration_seconds_count"
                f'{{{REQUESTS}}}{RATE}), "class", "${{1}}xx", "status", "(.).*"))',
                "{{class}}",
            ),
            stacked=True,
        ),
        graph(
            "Errors",
            "Share of answers that are the platform's fault (5xx).",
            "percentunit",
            Prom(
                f'(sum(rate(http_request_duration_seconds_count{{{REQUESTS},status=~"5.."}}{RATE}))'
                f" or vector(0))"
                f" / sum(rate(http_request_duration_seconds_count{{{REQUESTS}}}{RATE}))",
                "5xx",
            ),
            limits=[(0.001, RED)],
        ),
        graph(
            "Latency",
            "Time to the end of an answer, without streams. p99 alone: a few slow requests; all "
            "three: everything is slow, look at saturation and at the data stores.",
            "s",
            *(_latency(share) for share in (0.5, 0.95, 0.99)),
            limits=[(0.5, RED)],
        ),
        graph(
            "Saturation: event loop",
            "Lag (p99) of the slowest process. Above 200 ms requests wait for it; the worker "
            "computes and may lag up to 1 s.",
            "s",
            Prom("max by (service) (nodejs_eventloop_lag_p99_seconds)", "{{service}}"),
            limits=[(0.2, ORANGE), (1, RED)],
        ),
        graph(
            "Saturation: CPU",
            "Cores in use by all processes of a service; Node uses about one per process.",
            "none",
            Prom(
                f"sum by (service) (rate(process_cpu_seconds_total{{service!=''}}{RATE}))",
                "{{service}}",
            ),
        ),
        graph(
            "Warnings and errors in the logs",
            "Lines of level warn and above. The service dashboard shows them.",
            "none",
            Loki(
                'sum by (service, level) (count_over_time({level=~"warn|error|fatal"}[$__auto]))',
                "{{service}} {{level}}",
                may_be_empty="a sound platform logs neither warnings nor errors",
            ),
            stacked=True,
        ),
    ]


def _latency(share: float) -> Prom:
    return Prom(
        f"histogram_quantile({share}, sum by (le)"
        f" (rate(http_request_duration_seconds_bucket{{{ANSWERS}}}{RATE})))",
        f"p{share * 100:.0f}",
    )


def _background() -> list[AnyPanel]:
    return [
        graph(
            "Jobs that wait",
            "Grows while more is submitted than done; the queue dashboard shows why.",
            "none",
            Prom("max by (queue) (queue_depth)", "{{queue}}"),
        ),
        graph(
            "Time until a job starts",
            "From entering the queue to the first start.",
            "s",
            Prom(
                f"histogram_quantile(0.95, sum by (le) (rate(job_wait_seconds_bucket{RATE})))",
                "p95",
            ),
            limits=[(60, RED)],
        ),
        graph(
            "Jobs by outcome",
            "Attempts that ended. Retried is trouble that may pass, failed is a job set aside.",
            "ops",
            Prom(f"sum by (outcome) (rate(jobs_processed_total{RATE}))", "{{outcome}}"),
            stacked=True,
        ),
    ]


def _reachable() -> list[AnyPanel]:
    return [
        graph(
            "Processes that answer Prometheus",
            "A line that falls has lost a task; one that ends has lost all.",
            "none",
            Prom(f"sum by (job) (up{PROCESSES})", "{{job}}"),
        ),
        graph(
            "Probes from outside",
            "1: the page or the API answered through gateway or balancer; 0: users see nothing.",
            "none",
            Prom('min by (target) (probe_success{job="probe"})', "{{target}}"),
            maximum=1,
        ),
        graph(
            "Time of the probes",
            "How long the whole way takes, names and TLS included.",
            "s",
            Prom('max by (target) (probe_duration_seconds{job="probe"})', "{{target}}"),
        ),
    ]
