"""Unit tests of the SLO rules, in promtool's form, as data: `make rules` writes them out.

Nothing here comes from the rules' renderer: minutes, windows and thresholds are worked out by hand.
Errors are given as multiples of the budget, so the minutes hold for every objective: errors at
m times the budget fill a long window of L minutes after L * burn / m minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

HOUR, DAY = 60, 1440
# Rules are evaluated this often in these tests; every case ends on such a tick.
TICK_MINUTES = 6 * HOUR
PAGE1 = {"severity": "page", "burn_rate": "14.4", "long_window": "1h", "short_window": "5m"}
PAGE6 = {"severity": "page", "burn_rate": "6", "long_window": "6h", "short_window": "30m"}
TICKET1 = {"severity": "ticket", "burn_rate": "3", "long_window": "1d", "short_window": "2h"}
TICKET3 = {"severity": "ticket", "burn_rate": "1", "long_window": "3d", "short_window": "6h"}
ALL = (PAGE1, PAGE6, TICKET1, TICKET3)
NONE: tuple[dict[str, str], ...] = ()

Phase = tuple[float, float]
Series = dict[str, str]


@dataclass(frozen=True)
class Case:
    """`phases`: minutes, and errors as a multiple of the budget (None: all fails); clean before, up
    to `hours` in all, one sample each `step` minutes. Then exactly the burn alerts `fires` are
    there. `traffic`: events a minute."""

    name: str
    phases: tuple[tuple[float, float | None], ...]
    fires: tuple[dict[str, str], ...]
    hours: int
    step: int
    traffic: float = 1000


def _fast(name: str, *phases: Phase, fires: tuple[dict[str, str], ...]) -> Case:
    """12 h of samples: the windows of a day and of three see just these 720 minutes."""
    return Case(name, phases, fires, hours=12, step=1)


def _slow(name: str, *phases: Phase, fires: tuple[dict[str, str], ...]) -> Case:
    """78 h of a sample each 10 min, which are too few for the window of 5 min."""
    return Case(name, phases, fires, hours=78, step=10)


SLOW_BURNS = (TICKET1, TICKET3)
# A window over a gauge holds a sample at both its ends, one more than the steps between them.
AS_GAUGE = {29: 29.5, 12.017: 12.05, 4.0027: 4.033, 2.002: 2.007}
BURNS = (
    _fast("14.4x fires at minute 30 of errors at 29x", (30, 29), fires=(PAGE1, TICKET3)),
    _fast("14.4x does not fire at minute 29", (29, 29), fires=(TICKET3,)),
    _fast("14.4x resets 5 min after the end", (30, 40), (6, 0), fires=(TICKET3,)),
    _fast("14.4x holds 3 min after the end", (20, 80), (3, 0), fires=(PAGE1, TICKET3)),
    _fast("14.4x is quiet once 5 min are below", (20, 40), (10, 13), fires=(TICKET3,)),
    _fast("14.4x goes on while 5 min are above", (20, 40), (10, 16.5), fires=(PAGE1, TICKET3)),
    _fast("6x fires at minute 180 of errors at 12x", (180, 12.017), fires=(PAGE6, *SLOW_BURNS)),
    _fast("6x does not fire at minute 179", (179, 12.017), fires=(TICKET3,)),
    _fast("6x resets 30 min after the end", (200, 13), (31, 0), fires=SLOW_BURNS),
    _fast("6x holds 12 min after the end", (170, 14.2), (12, 0), fires=(PAGE6, *SLOW_BURNS)),
    _fast("6x is quiet once 30 min are below", (150, 14.3), (60, 5.4), fires=SLOW_BURNS),
    _fast("6x goes on while 30 min are above", (150, 14.3), (60, 6.9), fires=(PAGE6, *SLOW_BURNS)),
    _slow("3x and 1x fire at hour 18 of errors at 4x", (1080, 4.0027), fires=SLOW_BURNS),
    _slow("3x and 1x do not fire 10 min before", (1070, 4.0027), fires=NONE),
    _slow("3x resets 2 h after the end", (840, 5.9), (130, 0), fires=(TICKET3,)),
    _slow("3x holds 40 min after the end", (780, 5.9), (40, 0), fires=SLOW_BURNS),
    _slow("3x is quiet once 2 h are below", (720, 5.9), (240, 2.7), fires=(TICKET3,)),
    _slow("3x goes on while 2 h are above", (720, 5.9), (240, 3.45), fires=SLOW_BURNS),
    _slow("1x fires at hour 36 of errors at 2x", (2160, 2.002), fires=(TICKET3,)),
    _slow("1x does not fire 10 min before", (2150, 2.002), fires=NONE),
    _slow("1x resets 6 h after the end", (2160, 2.9), (370, 0), fires=NONE),
    _slow("1x holds 210 min after the end", (2160, 2.9), (210, 0), fires=(TICKET3,)),
    _slow("1x is quiet once 6 h are below", (1800, 2.9), (480, 0.9), fires=NONE),
    _slow("1x goes on while 6 h are above", (1800, 2.9), (480, 1.15), fires=(TICKET3,)),
)


def _failing(
    name: str, failures: float, minutes: int, hours: int, fires: tuple[dict[str, str], ...]
) -> Case:
    step, traffic = (1 if hours == 12 else 10), failures / minutes
    return Case(name, ((hours * HOUR, None),), fires, hours, step, traffic)


# Everything fails, and little is asked: it takes 5 bad events in the long window.
FLOORS = (
    _failing("4.5 failures in 3 d tell nobody", 4.5, 4320, 78, NONE),
    _failing("5.5 failures in 3 d are a ticket", 5.5, 4320, 78, (TICKET3,)),
    _failing("4.5 failures in 1 d are the ticket of 3 d", 4.5, DAY, 78, (TICKET3,)),
    _failing("5.5 failures in 1 d are both tickets", 5.5, DAY, 78, SLOW_BURNS),
    _failing("4.5 failures in 6 h page nobody", 4.5, 360, 12, SLOW_BURNS),
    _failing("5.5 failures in 6 h page", 5.5, 360, 12, (PAGE6, *SLOW_BURNS)),
    _failing("4.5 failures in 1 h are no page of 1 h", 4.5, 60, 12, (PAGE6, *SLOW_BURNS)),
    _failing("5.5 failures in 1 h are a page of 1 h", 5.5, 60, 12, ALL),
)
# Traffic by age in minutes, the newest last, with 4 bad events a minute throughout; and within
# which bounds events a minute then lie over each window. Half or double a window is out of them.
TRAFFIC = (
    (5040, 8),
    (2880, 16),
    (1080, 32),
    (240, 64),
    (60, 128),
    (30, 256),
    (25, 512),
    (3, 1000),
    (2, 2000),
)
# For example 2 h: 2 * 2000 + 3 * 1000 + 25 * 512 + 30 * 256 + 60 * 128 are 35160, or 293 a minute.
EVENTS_A_MINUTE = {
    "5m": (1330, 1540),
    "30m": (630, 690),
    "1h": (445, 470),
    "2h": (287, 297),
    "6h": (138, 143),
    "1d": (58, 60),
    "3d": (29.5, 30.5),
}


@dataclass(frozen=True)
class Subject:
    """An SLO as its tests know it. `series` makes its input from increments a minute of all and
    of bad events, or, for an SLI by time, from the share that is bad."""

    slo: str
    alert: str
    owner: str
    objective: float
    description: str
    dashboard: str
    counts_events: bool
    series: Callable[[Sequence[tuple[float, float, float]]], Series]
    absent: str
    job: str

    @property
    def budget(self) -> float:
        return 1 - self.objective / 100


def files() -> dict[str, dict[str, Any]]:
    """Content by the file's name below monitoring/prometheus/tests."""
    made: dict[str, dict[str, Any]] = {}
    for subject in SUBJECTS:
        cases = (*BURNS, *FLOORS) if subject.counts_events else BURNS
        tests = [*(_test(subject, case) for case in cases), *_values(subject)]
        made[f"slo-{subject.slo}.yml"] = _file("6h", tests)
        made[f"slo-{subject.slo}-budget.yml"] = _file("1200h", list(_budgets(subject)))
        made[f"slo-{subject.slo}-absent.yml"] = _file("1m", list(_absence(subject)))
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
        "name": "one failed request at night tells nobody",
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
    recorded = {f"slo:sli_error:ratio_rate5m{own}": _gauge(ratio)}
    if subject.counts_events:
        recorded = {
            f"slo:sli_bad_events:rate5m{own}": _gauge([(n, r * total) for n, r in ratio]),
            f"slo:sli_events:rate5m{own}": _gauge([(n, total) for n, _ in ratio]),
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


def _counter(increments: Sequence[tuple[float, float]]) -> str:
    """promtool's notation of a counter that grows by so much a sample, for so many samples."""
    value, first = 1_000_000.0, True
    parts: list[str] = []
    for count, step in increments:
        steps = round(count) - (0 if first else 1)
        start = value if first else value + step
        parts.append(f"{start:.6f}+{step:.6f}x{steps}")
        value, first = start + step * steps, False
    return " ".join(parts)


def _gauge(levels: Sequence[tuple[float, float]]) -> str:
    parts = [
        f"{level:.6f}+0x{round(n) - (0 if i == 0 else 1)}" for i, (n, level) in enumerate(levels)
    ]
    return " ".join(parts)


def _api_availability(phases: Sequence[tuple[float, float, float]]) -> Series:
    name, route = "http_request_duration_seconds_count", 'route="/api/v1/jobs"'
    noise = _counter([(n, 5000) for n, _, _ in phases])
    return {
        f'{name}{{job="backend",{route},status="200"}}': _counter(
            [(n, total - bad) for n, total, bad in phases]
        ),
        f'{name}{{job="backend",{route},status="503"}}': _counter(
            [(n, bad) for n, _, bad in phases]
        ),
        f'{name}{{job="backend",route="/readyz",status="500"}}': noise,
        f'{name}{{job="other",{route},status="500"}}': noise,
    }


def _api_latency(phases: Sequence[tuple[float, float, float]]) -> Series:
    name, route = "http_request_duration_seconds", 'job="backend",route="/api/v1/jobs"'
    noise = _counter([(n, 5000) for n, _, _ in phases])
    return {
        f'{name}_count{{{route},status="200"}}': _counter([(n, total) for n, total, _ in phases]),
        f'{name}_bucket{{{route},status="200",le="0.5"}}': _counter(
            [(n, total - bad) for n, total, bad in phases]
        ),
        f'{name}_count{{{route},status="500"}}': noise,
        f'{name}_count{{job="backend",route="/api/v1/jobs/events",status="200"}}': noise,
        f'{name}_count{{job="backend",route="/healthz",status="200"}}': noise,
    }


def _job_success(phases: Sequence[tuple[float, float, float]]) -> Series:
    def series(outcome: str) -> str:
        return f'jobs_processed_total{{job="worker",kind="text.statistics",outcome="{outcome}"}}'

    return {
        series("succeeded"): _counter([(n, total - bad) for n, total, bad in phases]),
        series("failed"): _counter([(n, bad) for n, _, bad in phases]),
        series("retried"): _counter([(n, 5000) for n, _, _ in phases]),
    }


def _queue_wait(phases: Sequence[tuple[float, float, float]]) -> Series:
    """Two workers, whose bounds are written as Prometheus 2 and as Prometheus 3 keep them."""
    made: Series = {}
    for instance, bound in (("a", "60"), ("b", "60.0")):
        of = f'job="worker",instance="{instance}"'
        good = _counter([(n, (total - bad) / 2) for n, total, bad in phases])
        made[f"job_wait_seconds_count{{{of}}}"] = _counter([(n, t / 2) for n, t, _ in phases])
        made[f'job_wait_seconds_bucket{{{of},le="{bound}"}}'] = good
        made[f'job_wait_seconds_bucket{{{of},le="300"}}'] = good
    return made


def _oldest_job_age(phases: Sequence[tuple[float, float, float]]) -> Series:
    name = "queue:oldest_age_over_300s:bool"
    return {
        f'{name}{{queue="jobs"}}': _gauge([(n, bad / total) for n, total, bad in phases]),
        f'{name}{{queue="other"}}': _gauge([(n, 1) for n, _, _ in phases]),
    }


def _frontend(phases: Sequence[tuple[float, float, float]]) -> Series:
    return {
        'probe_success{job="probe",target="frontend"}': _gauge(
            [(n, 1 - bad / total) for n, total, bad in phases]
        ),
        'probe_success{job="probe",target="api"}': _gauge([(n, 0) for n, _, _ in phases]),
    }


SUBJECTS = (
    Subject(
        "api-availability",
        "ApiAvailabilityBurn",
        "backend",
        99.9,
        "Users get errors from the API instead of answers.",
        "/d/service?var-service=backend",
        True,
        _api_availability,
        'http_request_duration_seconds_count{job="backend"}',
        "backend",
    ),
    Subject(
        "api-latency",
        "ApiLatencyBurn",
        "backend",
        99,
        "Users wait for more than half a second for what the API answers.",
        "/d/service?var-service=backend",
        True,
        _api_latency,
        'http_request_duration_seconds_count{job="backend"}',
        "backend",
    ),
    Subject(
        "job-success",
        "JobSuccessBurn",
        "worker",
        99,
        "Jobs of users fail for good and are set aside.",
        "/d/queue",
        True,
        _job_success,
        'jobs_processed_total{job="worker"}',
        "worker",
    ),
    Subject(
        "queue-wait",
        "QueueWaitBurn",
        "worker",
        99,
        "Jobs of users start more than a minute after they were sent.",
        "/d/queue",
        True,
        _queue_wait,
        'job_wait_seconds_count{job="worker"}',
        "worker",
    ),
    Subject(
        "oldest-job-age",
        "OldestJobAgeBurn",
        "worker",
        99.5,
        "At least one job of a user has not been started for more than five minutes.",
        "/d/queue",
        False,
        _oldest_job_age,
        'queue:oldest_age_over_300s:bool{queue="jobs"}',
        "",
    ),
    Subject(
        "frontend-availability",
        "FrontendAvailabilityBurn",
        "frontend",
        99.9,
        "Users cannot load the page.",
        "/d/service?var-service=frontend",
        False,
        _frontend,
        'probe_success{job="probe",target="frontend"}',
        "probe",
    ),
)
