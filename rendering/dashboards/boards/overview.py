"""Platform overview: the alerts, the objectives, the golden signals, what is down."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from rendering.dashboards.names import CLEAR, DARK_RED, ORANGE, RED, YELLOW
from rendering.dashboards.panels import AnyPanel, Column, NoLimit, graph, rows
from rendering.dashboards.runbooks import runbook
from rendering.dashboards.targets import Loki, Prom
from rendering.dashboards.variables import board

SPENT = [(0.5, YELLOW), (0.75, ORANGE), (1.0, RED)]
STATE = [(0.0, "met"), (0.75, "at risk"), (1.0, "MISSED")]
BURN = [(1.0, YELLOW), (3.0, ORANGE), (6.0, RED), (14.4, DARK_RED)]
REQUESTS = 'job="backend",route!~"/healthz|/readyz"'
# Progress streams last as long as their job, so their duration does not measure the API.
ANSWERS = 'job="backend",route!~"/healthz|/readyz|.*/events"'
RATE = "[$__rate_interval]"
FIRING = 'ALERTS{alertstate="firing",alertname!="Watchdog"}'


def build() -> dashboard.Dashboard:
    result = board(
        "overview",
        "Which alerts fire, which objective is missed, and since when?",
    )
    for row, panels in (
        ("What is wrong now", _now()),
        ("What answers", _reachable()),
        ("Golden signals", _golden_signals()),
        ("Work in the background", _background()),
        ("Objectives", _objectives()),
    ):
        result.with_row(dashboard.Row(row))
        for panel in panels:
            result.with_panel(panel)
    return result


def _now() -> list[AnyPanel]:
    by_slo = "by (slo, owner)"
    spent = Prom(f"max {by_slo} (1 - slo:error_budget_remaining:ratio)")
    return [
        rows(
            "Alerts that fire",
            "Pages first, then the longest: a cause is older than what follows. A name "
            "leads to its runbook. Alerts on log lines are in Alertmanager alone.",
            Prom(
                "max by (alertname, severity, owner)"
                " ((time() - ALERTS_FOR_STATE) and ignoring (alertstate)"
                f" {FIRING})",
                may_be_empty="no alert fires",
            ),
            columns=[
                Column("severity", "Severity", text_colors=[("page", RED), ("ticket", ORANGE)]),
                Column("alertname", "Alert", link=runbook("${__value.raw}")),
                Column("owner", "Owner"),
                Column("Value", "For", "s", decimals=0),
            ],
            sort=[("Severity", "smallest first"), ("For", "largest first")],
            width=10,
            height=10,
            empty="No alert fires",
        ),
        rows(
            "State of the objectives",
            "Over 30 days. Spent: errors so far as a share of the errors allowed; above 100 % the "
            "objective is missed. Burn 1 spends just all of it in 30 days.",
            Prom(f"max {by_slo} (slo:error_budget:ratio)"),
            Prom(f"max {by_slo} (slo:sli_error:ratio_rate30d)"),
            spent,
            spent,
            Prom(f"max {by_slo} (slo:current_burn_rate:ratio)"),
            columns=[
                Column("slo", "Objective"),
                Column("Value #C", "State", "percentunit", SPENT, words=STATE),
                Column("Value #A", "Errors allowed", "percentunit", decimals=1),
                Column("Value #B", "Errors", "percentunit", decimals=2),
                Column(
                    "Value #D",
                    "Spent",
                    "percentunit",
                    SPENT,
                    decimals=0,
                    words=[(10, "over 1,000 %")],
                ),
                Column("Value #E", "Burn, last 5 min", "suffix:times", BURN, decimals=1),
                Column("owner", "Owner"),
            ],
            sort=[("Spent", "largest first")],
            width=14,
            height=10,
        ),
    ]


def _objectives() -> list[AnyPanel]:
    return [
        graph(
            "Error budget spent",
            "Share of the errors that 30 days allow. A slope is slow damage, a step an incident. "
            "Above 100 %: the objective is missed.",
            "percentunit",
            Prom("max by (slo) (1 - slo:error_budget_remaining:ratio)", "{{slo}}"),
            width=12,
            limits=SPENT[1:],
        ),
        graph(
            "Burn rate over 1 hour",
            "1 spends the budget in exactly 30 days; 6 and 14.4 page (beside their short window), "
            "3 and 1 open a ticket.",
            "suffix:times",
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
            limits=NoLimit("traffic is the users' choice; Errors and Latency say what is too much"),
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
            "To the end of an answer, without streams. p99 alone: a few requests are slow; all "
            "three: everything is, look at saturation and at the data stores.",
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
            "Cores in use by the busiest process of a service; Node's own code uses one at most.",
            "suffix:cores",
            Prom(
                f"max by (service) (rate(process_cpu_seconds_total{{service!=''}}{RATE}))",
                "{{service}}",
            ),
            limits=[(0.9, ORANGE)],
        ),
        graph(
            "Warnings and errors in the logs",
            "Lines of level warn and above, by service. The service dashboard shows them.",
            "suffix:lines",
            Loki(
                'sum by (service) (count_over_time({level=~"warn|error|fatal"}[$__auto]))',
                "{{service}}",
                may_be_empty="a sound platform logs neither warnings nor errors",
            ),
            limits=NoLimit("more than usual is too many; LogErrorsSpike fires for it"),
            empty="No warning and no error",
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
            "suffix:jobs",
            Prom("max by (queue) (queue_depth)", "{{queue}}", most=4),
            limits=NoLimit("the age of the oldest job, beside it, says when they are too many"),
        ),
        graph(
            "Age of the oldest job",
            "Climbs by a second each second while no worker takes a job.",
            "s",
            Prom("max by (queue) (queue_oldest_age_seconds)", "{{queue}}", most=4),
            limits=[(60, ORANGE), (300, RED)],
        ),
        graph(
            "Jobs by outcome",
            "Attempts that ended. Retried is trouble that may pass, failed is a job set aside. A "
            "gap: no worker answers.",
            "ops",
            Prom(f"sum by (outcome) (rate(jobs_processed_total{RATE}))", "{{outcome}}"),
            limits=NoLimit("the colours say which outcomes are bad"),
            stacked=True,
        ),
    ]


def _reachable() -> list[AnyPanel]:
    return [
        graph(
            "Tasks that answer",
            "Processes of each service that answer Prometheus. A line at 0 has lost all.",
            "suffix:tasks",
            *(
                Prom(f'count(up{{job="{job}"}} == 1) or vector(0)', job)
                for job in ("backend", "worker", "frontend")
            ),
            base=RED,
            limits=[(1, CLEAR)],
        ),
        rows(
            "What does not answer",
            "Targets that Prometheus knows and does not reach, and pages that can't be loaded from "
            "outside.",
            Prom(
                "count by (job) (up == 0)"
                ' or label_replace(count by (target) (probe_success == 0), "job", "$1", "target",'
                ' "(.*)")',
                may_be_empty="all answer",
            ),
            columns=[
                Column("job", "What"),
                Column("Value", "Not answering", "suffix:targets", [(1, RED)], decimals=0),
            ],
            sort=[("Not answering", "largest first")],
            width=8,
            empty="All answer",
        ),
        graph(
            "Time of the probes",
            "How long page and API take from outside, names and TLS included. A gap: no answer.",
            "s",
            Prom(
                'max by (target) (probe_duration_seconds{job="probe"}'
                " and on (instance) probe_success == 1)",
                "{{target}}",
                most=4,
            ),
            limits=[(1, ORANGE)],
        ),
    ]
