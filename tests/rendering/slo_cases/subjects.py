"""The SLOs as their tests know them, and the series that each is measured by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Series = dict[str, str]


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


def counter(increments: Sequence[tuple[float, float]]) -> str:
    """promtool's notation of a counter that grows by so much a sample, for so many samples."""
    value, first = 1_000_000.0, True
    parts: list[str] = []
    for count, step in increments:
        steps = round(count) - (0 if first else 1)
        start = value if first else value + step
        parts.append(f"{start:.6f}+{step:.6f}x{steps}")
        value, first = start + step * steps, False
    return " ".join(parts)


def gauge(levels: Sequence[tuple[float, float]]) -> str:
    parts = [
        f"{level:.6f}+0x{round(n) - (0 if i == 0 else 1)}" for i, (n, level) in enumerate(levels)
    ]
    return " ".join(parts)


def _api_availability(phases: Sequence[tuple[float, float, float]]) -> Series:
    name, route = "http_request_duration_seconds_count", 'route="/api/v1/jobs"'
    noise = counter([(n, 5000) for n, _, _ in phases])
    return {
        f'{name}{{job="backend",{route},status="200"}}': counter(
            [(n, total - bad) for n, total, bad in phases]
        ),
        f'{name}{{job="backend",{route},status="503"}}': counter(
            [(n, bad) for n, _, bad in phases]
        ),
        f'{name}{{job="backend",route="/readyz",status="500"}}': noise,
        f'{name}{{job="other",{route},status="500"}}': noise,
    }


def _api_latency(phases: Sequence[tuple[float, float, float]]) -> Series:
    name, route = "http_request_duration_seconds", 'job="backend",route="/api/v1/jobs"'
    noise = counter([(n, 5000) for n, _, _ in phases])
    return {
        f'{name}_count{{{route},status="200"}}': counter([(n, total) for n, total, _ in phases]),
        f'{name}_bucket{{{route},status="200",le="0.5"}}': counter(
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
        series("succeeded"): counter([(n, total - bad) for n, total, bad in phases]),
        series("failed"): counter([(n, bad) for n, _, bad in phases]),
        series("retried"): counter([(n, 5000) for n, _, _ in phases]),
    }


def _queue_wait(phases: Sequence[tuple[float, float, float]]) -> Series:
    """Two workers, whose bounds are written as Prometheus 2 and as Prometheus 3 keep them."""
    made: Series = {}
    for instance, bound in (("a", "60"), ("b", "60.0")):
        of = f'job="worker",instance="{instance}"'
        good = counter([(n, (total - bad) / 2) for n, total, bad in phases])
        made[f"job_wait_seconds_count{{{of}}}"] = counter([(n, t / 2) for n, t, _ in phases])
        made[f'job_wait_seconds_bucket{{{of},le="{bound}"}}'] = good
        made[f'job_wait_seconds_bucket{{{of},le="300"}}'] = good
    return made


def _oldest_job_age(phases: Sequence[tuple[float, float, float]]) -> Series:
    name = "queue:oldest_age_over_300s:bool"
    return {
        f'{name}{{queue="jobs"}}': gauge([(n, bad / total) for n, total, bad in phases]),
        f'{name}{{queue="other"}}': gauge([(n, 1) for n, _, _ in phases]),
    }


def _frontend(phases: Sequence[tuple[float, float, float]]) -> Series:
    return {
        'probe_success{job="probe",target="frontend"}': gauge(
            [(n, 1 - bad / total) for n, total, bad in phases]
        ),
        'probe_success{job="probe",target="api"}': gauge([(n, 0) for n, _, _ in phases]),
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
