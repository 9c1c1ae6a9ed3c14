"""The unit tests as promtool reads them: files for burns, budget and absence of each SLO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.rendering.slo_cases.cases import (
    ALL,
    AS_GAUGE,
    BURNS,
    EVENTS_A_MINUTE,
    FLOORS,
    HOUR,
    NONE,
    TRAFFIC,
    Case,
)
from tests.rendering.slo_cases.subjects import SUBJECTS, Subject, gauge


def files() -> dict[str, dict[str, Any]]:
    """Content by name: <slo>, <slo>-budget and <slo>-absent; <slo> is its rule group."""
    made: dict[str, dict[str, Any]] = {}
    for subject in SUBJECTS:
        cases = (*BURNS, *FLOORS) if subject.counts_events else BURNS
        tests = [*(_test(subject, case) for case in cases), *_values(subject)]
        made[f"slo-{subject.slo}"] = _file("6h", tests)
        made[f"slo-{subject.slo}-budget"] = _file("1200h", list(_budgets(subject)))
        made[f"slo-{subject.slo}-absent"] = _file("1m", list(_absence(subject)))
    return made


def _file(evaluation: str, tests: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "rule_files": ["../rules/slo.yml"],
        "evaluation_interval": evaluation,
        "tests": tests,
    }


def _test(subject: Subject, case: Case) -> dict[str, Any]:
    return {
        "name": case.name,
        "interval": f"{case.step}m",
        "input_series": _input(subject, case),
        "promql_expr_test": [
            {
                "expr": f'ALERTS{{alertname="{subject.alert}"}}',
                "eval_time": f"{case.hours}h",
                "exp_samples": [
                    {"labels": _alert_labels(subject, labels), "value": 1} for labels in case.fires
                ],
            }
        ],
    }


def _input(subject: Subject, case: Case) -> list[dict[str, str]]:
    """Increments are per sample, so a step of 10 minutes brings the events of 10."""
    clean = case.hours * HOUR - sum(minutes for minutes, _ in case.phases)
    phases = [(clean, 0.0), *case.phases] if clean else list(case.phases)
    each = case.traffic * case.step
    return _written(
        subject,
        [
            (minutes / case.step, each, each * _share(subject, multiple))
            for minutes, multiple in phases
        ],
    )


def _share(subject: Subject, multiple: float | None) -> float:
    if multiple is None:
        return 1
    if not subject.counts_events:
        multiple = AS_GAUGE.get(multiple, multiple)
    return multiple * subject.budget


def _written(
    subject: Subject, phases: Sequence[tuple[float, float, float]]
) -> list[dict[str, str]]:
    return [{"series": k, "values": v} for k, v in subject.series(phases).items()]


def _alert_labels(subject: Subject, labels: dict[str, str], name: str = "") -> str:
    every = {
        "alertname": name or subject.alert,
        "alertstate": "firing",
        "slo": subject.slo,
        "service": "plataforma",
        "owner": subject.owner,
        **labels,
    }
    written = ",".join(f'{key}="{value}"' for key, value in every.items())
    return f"ALERTS{{{written}}}"


def _values(subject: Subject) -> Iterator[dict[str, Any]]:
    objective, budget = subject.objective / 100, subject.budget
    own = f'slo="{subject.slo}"'
    labels = f'{{slo="{subject.slo}",service="plataforma",owner="{subject.owner}"}}'
    checks = [
        _between(f"slo:objective:ratio{{{own}}}", labels, objective, 1e-9),
        _between(f"slo:error_budget:ratio{{{own}}}", labels, budget, 1e-9),
        _between(f"slo:current_burn_rate:ratio{{{own}}}", labels, 0, 1e-9),
        _between(f"slo:error_budget_remaining:ratio{{{own}}}", labels, 1, 1e-9),
        {"expr": f"ALERTS{{{own}}}", "eval_time": "6h", "exp_samples": []},
    ]
    clean = [(6 * HOUR, 1000.0, 0.0)]
    inputs = [line for line in _written(subject, clean) if 'status="503"' not in line["series"]]
    yield {
        "name": "without errors, the budget is whole (a counter of errors need not exist)",
        "interval": "1m",
        "input_series": [x for x in inputs if 'outcome="failed"' not in x["series"]],
        "promql_expr_test": checks,
    }
    yield _now(subject, labels)
    yield from _said(subject)
    if subject.counts_events:
        yield _silence(subject)
        yield _one_failure(subject)
        yield _windows(subject, labels)


def _between(name: str, labels: str, value: float, slack: float) -> dict[str, Any]:
    return {
        "expr": f"({name} >= {value - slack:.12g}) <= bool {value + slack:.12g}",
        "eval_time": "6h",
        "exp_samples": [{"labels": labels, "value": 1}],
    }


def _now(subject: Subject, labels: str) -> dict[str, Any]:
    case = Case("", ((20, 20), (10, 10)), NONE, hours=6, step=1)
    return {
        "name": "the current burn rate is that of the last 5 min",
        "interval": "1m",
        "input_series": _input(subject, case),
        "promql_expr_test": [
            _between(f'slo:current_burn_rate:ratio{{slo="{subject.slo}"}}', labels, 10, 2)
        ],
    }


def _said(subject: Subject) -> Iterator[dict[str, Any]]:
    """What the four alerts say after half a day of errors at 30 times the budget."""
    shown = f"{round(3000 * subject.budget, 3):g}%"
    case = Case("", ((12 * HOUR, 30),), ALL, hours=12, step=1)
    burn_words = {
        "14.4": "14.4x of what 30 days allow",
        "6": "6x of what 30 days allow",
        "3": "3x of what 30 days allow",
        "1": "1x of what 30 days allow",
    }
    alerts = [
        {
            "exp_labels": {
                "slo": subject.slo,
                "service": "plataforma",
                "owner": subject.owner,
                **labels,
            },
            "exp_annotations": {
                "summary": f"{subject.slo} misses {subject.objective:g} %: {shown} bad in "
                f"{labels['long_window']}, more than {burn_words[labels['burn_rate']]}",
                "description": subject.description,
                "runbook": f"docs/runbooks/{subject.alert}.md",
                "dashboard": subject.dashboard,
            },
        }
        for labels in case.fires
    ]
    yield {
        "name": "what the burn alerts say",
        "interval": "1m",
        "input_series": _input(subject, case),
        "alert_rule_test": [{"eval_time": "12h", "alertname": subject.alert, "exp_alerts": alerts}],
    }


def _silence(subject: Subject) -> dict[str, Any]:
    ratio = f'slo:sli_error:ratio_rate1h{{slo="{subject.slo}"}}'
    return {
        "name": "without traffic there is no error ratio and no alert",
        "interval": "1m",
        "input_series": _written(subject, [(12 * HOUR, 0.0, 0.0)]),
        "promql_expr_test": [
            {
                "expr": f'ALERTS{{slo="{subject.slo}"}}',
                "eval_time": "12h",
                "exp_samples": [],
            },
            {
                "expr": f"count({ratio} != {ratio})",
                "eval_time": "12h",
                "exp_samples": [{"labels": "{}", "value": 1}],
            },
        ],
    }


def _one_failure(subject: Subject) -> dict[str, Any]:
    """One request in eight minutes, and one of them fails at the end. (Promtool adds up a series
    step by step: fractions that binary can't hold would look like a counter's reset.)"""
    phases = [(12 * HOUR - 3, 0.125, 0.0), (1, 1.0, 1.0), (2, 0.0, 0.0)]
    return {
        "name": "one failed request at night notifies nobody",
        "interval": "1m",
        "input_series": _written(subject, phases),
        "promql_expr_test": [
            {
                "expr": f'ALERTS{{slo="{subject.slo}"}}',
                "eval_time": "12h",
                "exp_samples": [],
            },
            {
                "expr": f'slo:sli_error:ratio_rate5m{{slo="{subject.slo}"}} > bool 0.7',
                "eval_time": "12h",
                "exp_samples": [
                    {
                        "labels": f'{{slo="{subject.slo}",service="plataforma",'
                        f'owner="{subject.owner}"}}',
                        "value": 1,
                    }
                ],
            },
        ],
    }


def _windows(subject: Subject, labels: str) -> dict[str, Any]:
    checks: list[dict[str, Any]] = []
    own = f'{{slo="{subject.slo}"}}'
    for window, (low, high) in EVENTS_A_MINUTE.items():
        for expr in (
            f"(slo:sli_events:rate{window}{own} * 60 > {low}) < bool {high}",
            f"(slo:sli_bad_events:rate{window}{own} * 60 > 3.9) < bool 4.1",
            f"(4 / slo:sli_error:ratio_rate{window}{own} > {low}) < bool {high}",
        ):
            sample = [{"labels": labels, "value": 1}]
            checks.append({"expr": expr, "eval_time": "156h", "exp_samples": sample})
    return {
        "name": "each window counts its own minutes",
        "interval": "1m",
        "input_series": _written(subject, [(minutes, n, 4.0) for minutes, n in TRAFFIC]),
        "promql_expr_test": checks,
    }


def _budgets(subject: Subject) -> Iterator[dict[str, Any]]:
    """A bad day 17 days ago counts, 15 bad days 35 days ago no longer do. The 4 samples
    of a day are taken for 30 s each: at 2.75 failures a minute a bad day has 4 * 30 s of them,
    which are 5.5. The rules are evaluated at the end alone."""
    yield _budget(subject, "spends 2 of 30 days' budget", 60, remaining=-1, fires=True)
    yield _budget(subject, "leaves a tenth", 27, remaining=0.1, fires=False)
    if subject.counts_events:
        for each_minute, fires in ((2.75, True), (2.25, False)):
            name = f"has {each_minute * 2:g} failures that count"
            yield _budget(subject, name, 60, each_minute=each_minute, remaining=-1, fires=fires)


def _budget(
    subject: Subject,
    name: str,
    multiple: float,
    *,
    remaining: float,
    fires: bool,
    each_minute: float = 1000,
) -> dict[str, Any]:
    """50 days of recorded 5-minute rates, which stand in for the scraped series."""
    days = ((0.25, 0.0), (14.75, 50.0), (17.25, 0.0), (1, multiple), (16.75, 0.0))
    own = f'{{slo="{subject.slo}",service="plataforma",owner="{subject.owner}"}}'
    ratio = [(4 * d, m * subject.budget) for d, m in days]
    bad = each_minute / 60
    total = bad / (multiple * subject.budget)
    recorded = {f"slo:sli_error:ratio_rate5m{own}": gauge(ratio)}
    if subject.counts_events:
        recorded = {
            f"slo:sli_bad_events:rate5m{own}": gauge([(n, r * total) for n, r in ratio]),
            f"slo:sli_events:rate5m{own}": gauge([(n, total) for n, _ in ratio]),
        }
    low, high = remaining - 0.08, remaining + 0.08
    ticket = _alert_labels(subject, {"severity": "ticket"}, "ErrorBudgetExhausted")
    left = f'slo:error_budget_remaining:ratio{{slo="{subject.slo}"}}'
    return {
        "name": f"a bad day {name}",
        "interval": "6h",
        "input_series": [{"series": k, "values": v} for k, v in recorded.items()],
        "promql_expr_test": [
            {
                "expr": f"({left} > {low:.4g}) < bool {high:.4g}",
                "eval_time": "1200h",
                "exp_samples": [{"labels": own, "value": 1}],
            },
            {
                "expr": f'ALERTS{{alertname="ErrorBudgetExhausted",slo="{subject.slo}"}}',
                "eval_time": "1200h",
                "exp_samples": [{"labels": ticket, "value": 1}] if fires else [],
            },
        ],
    }


def _absence(subject: Subject) -> Iterator[dict[str, Any]]:
    """The metric vanishes at minute 11 (an instant query still finds it for 5 minutes), and is
    back at minute 40."""
    page = _alert_labels(subject, {"severity": "page"}, "SliMetricAbsent")
    page = page.replace("}", f",{subject.absent.partition('{')[2]}")
    up = f'up{{job="{subject.job}"}}'

    own = f'alertname="SliMetricAbsent",alertstate="firing",slo="{subject.slo}"'

    def at(minute: int, expected: list[str]) -> dict[str, Any]:
        return {
            "expr": f"ALERTS{{{own}}}",
            "eval_time": f"{minute}m",
            "exp_samples": [{"labels": labels, "value": 1} for labels in expected],
        }

    dead = [] if subject.job else [page]
    for name, answers, found in (
        ("a metric is missed after 10 min, and found again", "1x60", [page]),
        ("no target answers: that is another alert's, where the metric is scraped", "0x60", dead),
    ):
        yield {
            "name": name,
            "interval": "1m",
            "input_series": [
                {"series": up, "values": answers},
                {"series": subject.absent, "values": "1x10 stale _x28 1x20"},
            ],
            "promql_expr_test": [at(20, []), at(21, found), at(39, found), at(40, [])],
        }
