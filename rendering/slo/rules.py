"""Prometheus rules from the SLOs. Pure: no file is read or written.

Series of an SLO, all with the labels slo, service and owner (W: 5m, 30m, 1h, 2h, 6h, 1d, 3d):

- `slo:sli_bad_events:rateW`, `slo:sli_events:rateW`: per second; only where events are counted.
- `slo:sli_error:ratio_rateW` and `...30d`: bad events / all events, 0 to 1; NaN without traffic.
- `slo:objective:ratio`, `slo:error_budget:ratio`: objective and allowed error ratio, 0 to 1.
- `slo:error_budget_remaining:ratio`: 1 untouched, 0 spent, below 0 missed.
- `slo:current_burn_rate:ratio`: of the last 5 minutes; 1 spends the budget in exactly 30 days.

The 30 days are summed from the recorded 5-minute rates: only one series is read, and a busy hour
weighs more than a quiet one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rendering.slo.burns import BURNS, MINUTES, PERIOD, WINDOWS, Burn, budget
from rendering.slo.models import Slo, Spec
from rendering.slo.queries import over, source

Rule = dict[str, Any]
INTERVAL_SECONDS = 30
ABSENT_FOR = "10m"


def rule_groups(spec: Spec) -> dict[str, Any]:
    """A rule file's content: one group per SLO, recordings before the alerts that read them."""
    return {"groups": [_group(spec, slo) for slo in spec.slos]}


def _group(spec: Spec, slo: Slo) -> dict[str, Any]:
    labels = {**spec.labels, "slo": slo.name, "service": spec.service, "owner": slo.labels.owner}
    recordings = (
        {"record": record, "expr": expr, "labels": labels} for record, expr in _recordings(slo)
    )
    alerts = ({**alert, "labels": labels | alert["labels"]} for alert in _alerts(slo))
    return {
        "name": f"slo-{slo.name}",
        "interval": f"{INTERVAL_SECONDS}s",
        "rules": [*recordings, *alerts],
    }


def _recordings(slo: Slo) -> Iterator[tuple[str, str]]:
    for window in WINDOWS:
        yield from _ratio(slo, window)
    yield f"slo:sli_error:ratio_rate{PERIOD}", _long_ratio(slo)
    allowed = budget(slo.objective)
    yield "slo:objective:ratio", f"vector({1 - allowed:.12g})"
    yield "slo:error_budget:ratio", f"vector({allowed:.12g})"
    yield (
        "slo:error_budget_remaining:ratio",
        f"1 - {_of(slo, f'slo:sli_error:ratio_rate{PERIOD}')} / {allowed:.12g}",
    )
    yield (
        "slo:current_burn_rate:ratio",
        f"{_of(slo, 'slo:sli_error:ratio_rate5m')} / {allowed:.12g}",
    )


def _ratio(slo: Slo, window: str) -> Iterator[tuple[str, str]]:
    ratio = f"slo:sli_error:ratio_rate{window}"
    if slo.sli.raw:
        yield ratio, over(slo.sli.raw.error_ratio_query, window)
    if slo.sli.events:
        bad = over(slo.sli.events.error_query, window)
        total = over(slo.sli.events.total_query, window)
        yield f"slo:sli_events:rate{window}", total
        # A counter of failures may not exist before the first one.
        yield f"slo:sli_bad_events:rate{window}", f"({bad})\nor 0 * ({total})"
        yield (
            ratio,
            f"{_of(slo, f'slo:sli_bad_events:rate{window}')}\n"
            f"/ {_of(slo, f'slo:sli_events:rate{window}')}",
        )


def _long_ratio(slo: Slo) -> str:
    if slo.sli.raw:
        return f"avg_over_time({_of(slo, 'slo:sli_error:ratio_rate5m')}[{PERIOD}])"
    return (
        f"sum_over_time({_of(slo, 'slo:sli_bad_events:rate5m')}[{PERIOD}])\n"
        f"/ sum_over_time({_of(slo, 'slo:sli_events:rate5m')}[{PERIOD}])"
    )


def _alerts(slo: Slo) -> Iterator[Rule]:
    for burn in BURNS:
        yield _burn(slo, burn)
    yield _exhausted(slo)
    yield _absent(slo)


def _burn(slo: Slo, burn: Burn) -> Rule:
    threshold = f"{burn.rate:g} * {budget(slo.objective):.12g}"
    parts = [
        f"{_of(slo, f'slo:sli_error:ratio_rate{window}')} > {threshold}"
        for window in (burn.long_window, burn.short_window)
    ]
    if slo.sli.events:
        seconds = MINUTES[burn.long_window] * 60
        bad = _of(slo, f"slo:sli_bad_events:rate{burn.long_window}")
        parts.append(f"{bad} * {seconds} >= {slo.alerting.labels.least_bad_events}")
    kind = slo.alerting.page_alert if burn.severity == "page" else slo.alerting.ticket_alert
    summary = (
        f"{slo.name} misses {slo.objective:g} %: {{{{ $value | humanizePercentage }}}} bad in "
        f"{burn.long_window}, more than {burn.rate:g}x of what 30 days allow"
    )
    labels = {
        "severity": kind.labels.severity,
        "burn_rate": f"{burn.rate:g}",
        "long_window": burn.long_window,
        "short_window": burn.short_window,
    }
    return _alert(slo, slo.alerting.name, "\nand ".join(parts), labels, summary)


def _exhausted(slo: Slo) -> Rule:
    """Also requires the least number of bad events: a young Prometheus has few samples."""
    expr = f"{_of(slo, 'slo:error_budget_remaining:ratio')} <= 0"
    if slo.sli.events:
        bad = _of(slo, "slo:sli_bad_events:rate5m")
        least = slo.alerting.labels.least_bad_events
        expr += f"\nand sum_over_time({bad}[{PERIOD}]) * {INTERVAL_SECONDS} >= {least}"
    summary = (
        f"{slo.name} has no error budget left of its 30 days at {slo.objective:g} %: "
        "{{ $value | humanizePercentage }}"
    )
    return _alert(slo, "ErrorBudgetExhausted", expr, {"severity": "ticket"}, summary)


def _absent(slo: Slo) -> Rule:
    """The targets are up, but the metric is absent. (Targets that are down or missing have other
    alerts; the worker may be scaled to zero.)"""
    query = slo.sli.raw.error_ratio_query if slo.sli.raw else ""
    query = slo.sli.events.total_query if slo.sli.events else query
    found = source(query)
    assert found, "reading.py refuses a query without a selector"
    metric, up = found
    expr = f"absent({metric})" + (f"\nand on () count({up} == 1) > 0" if up else "")
    summary = f"{slo.name} can't be measured: {metric.partition('{')[0]} is absent"
    alert = _alert(slo, "SliMetricAbsent", expr, {"severity": "page"}, summary)
    return {"alert": alert.pop("alert"), "expr": alert.pop("expr"), "for": ABSENT_FOR, **alert}


def _alert(slo: Slo, name: str, expr: str, labels: dict[str, str], summary: str) -> Rule:
    annotations = slo.alerting.annotations
    own = {
        "ErrorBudgetExhausted": "The objective is missed for these 30 days: stop risky changes.",
        "SliMetricAbsent": "No alert would fire if this objective were missed now.",
    }
    return {
        "alert": name,
        "expr": expr,
        "labels": labels,
        "annotations": {
            "summary": summary,
            "description": own.get(name, annotations.description),
            "runbook": f"docs/runbooks/{name}.md",
            "dashboard": "/d/overview" if name in own else annotations.dashboard,
        },
    }


def _of(slo: Slo, record: str) -> str:
    return f'{record}{{slo="{slo.name}"}}'
