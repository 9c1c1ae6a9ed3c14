"""One service: rate, errors and duration, saturation, and its logs."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from rendering.dashboards.panels import ORANGE, RED, AnyPanel, graph, lines
from rendering.dashboards.targets import Loki, Prom
from rendering.dashboards.variables import board, of_label, written

OURS = 'service="$service"'
RATE = "[$__rate_interval]"
WITH_SERVICE = '{__name__=~"process_start_time_seconds|nginx_connections",service!=""}'


def build() -> dashboard.Dashboard:
    result = board(
        "service",
        "One service: rate, errors, duration, saturation and logs. "
        "For the worker, a job's kind takes the place of the route.",
    )
    result.with_variable(of_label("service", "service", WITH_SERVICE, "backend"))
    result.with_variable(
        written(
            "request",
            "Request or trace id",
            "",
            "From an answer's X-Request-Id, a problem's `instance`, or a log line.",
        )
    )
    for row, panels in (
        ("$service: rate, errors, duration", _red()),
        ("$service: saturation", _saturation()),
        ("$service: log", _log()),
    ):
        result.with_row(dashboard.Row(row))
        for panel in panels:
            result.with_panel(panel)
    return result


def _red() -> list[AnyPanel]:
    requests = f"http_request_duration_seconds_count{{{OURS}}}"
    jobs = f"jobs_processed_total{{{OURS}}}"
    failed_requests = f'http_request_duration_seconds_count{{{OURS},status=~"5.."}}'
    failed_jobs = f'jobs_processed_total{{{OURS},outcome=~"retried|failed"}}'
    return [
        graph(
            "Rate",
            "Requests by route (jobs by kind). Which one has changed?",
            "ops",
            Prom(
                f"sum by (route) (rate({requests}{RATE})) or sum by (kind) (rate({jobs}{RATE}))",
                "{{route}}{{kind}}",
            ),
            stacked=True,
        ),
        graph(
            "Errors",
            "Share of 5xx answers by route (of attempts that did not succeed, by kind). One route: "
            "its own fault; all: look at the data stores.",
            "percentunit",
            Prom(
                f"(sum by (route) (rate({failed_requests}{RATE})) or 0 * sum by (route)"
                f" (rate({requests}{RATE}))) / sum by (route) (rate({requests}{RATE}))"
                f" or (sum by (kind) (rate({failed_jobs}{RATE})) or 0 * sum by (kind)"
                f" (rate({jobs}{RATE}))) / sum by (kind) (rate({jobs}{RATE}))",
                "{{route}}{{kind}}",
            ),
            limits=[(0.001, RED)],
        ),
        graph(
            "Duration, p95",
            "95 of 100 took less. Streams of progress last as long as their job and are left out.",
            "s",
            Prom(_slowest(0.95), "{{route}}{{kind}}"),
            limits=[(0.5, RED)],
        ),
        graph(
            "Answers by status",
            "4xx is the clients' doing: many 401 or 429 may be an attack, many 404 a broken link. "
            "For the worker: what became of each attempt.",
            "ops",
            Prom(
                f"sum by (status) (rate({requests}{RATE}))"
                f" or sum by (outcome) (rate({jobs}{RATE}))",
                "{{status}}{{outcome}}",
            ),
            width=12,
            stacked=True,
        ),
        graph(
            "Duration, median",
            "The usual case. Far below p95: a few are slow, most are not.",
            "s",
            Prom(_slowest(0.5), "{{route}}{{kind}}"),
            width=12,
        ),
    ]


def _slowest(share: float) -> str:
    requests = f'http_request_duration_seconds_bucket{{{OURS},route!~".*/events"}}'
    jobs = f"job_duration_seconds_bucket{{{OURS}}}"
    return (
        f"histogram_quantile({share}, sum by (le, route) (rate({requests}{RATE})))"
        f" or histogram_quantile({share}, sum by (le, kind) (rate({jobs}{RATE})))"
    )


def _saturation() -> list[AnyPanel]:
    return [
        graph(
            "Event loop lag, p99",
            "How late timers are, by process. Above 200 ms (worker: 1 s): long work, no CPU left.",
            "s",
            Prom(f"nodejs_eventloop_lag_p99_seconds{{{OURS}}}", "{{instance}}"),
            limits=[(0.2, ORANGE), (1, RED)],
        ),
        graph(
            "CPU",
            "Cores in use, by process. Node's own code uses one at most.",
            "none",
            Prom(f"rate(process_cpu_seconds_total{{{OURS}}}{RATE})", "{{instance}}"),
            limits=[(0.9, ORANGE)],
        ),
        graph(
            "Memory",
            "Resident memory of each process (a task has 512 MiB). A line that only climbs leaks.",
            "bytes",
            Prom(f"process_resident_memory_bytes{{{OURS}}}", "{{instance}}"),
            limits=[(460e6, ORANGE)],
        ),
        graph(
            "Heap",
            "JavaScript objects of all processes. Used near total for long: garbage collection "
            "takes over.",
            "bytes",
            Prom(f"sum(nodejs_heap_size_used_bytes{{{OURS}}})", "used"),
            Prom(f"sum(nodejs_heap_size_total_bytes{{{OURS}}})", "total"),
        ),
        graph(
            "Garbage collection",
            "Share of a second that a process spends collecting, by kind.",
            "percentunit",
            Prom(
                f"max by (kind) (rate(nodejs_gc_duration_seconds_sum{{{OURS}}}{RATE}))", "{{kind}}"
            ),
            limits=[(0.1, ORANGE)],
        ),
        graph(
            "Open files and sockets",
            "The fullest process, as a share of what it may open.",
            "percentunit",
            Prom(
                f"max(process_open_fds{{{OURS}}} / process_max_fds{{{OURS}}})",
                "fullest",
            ),
            limits=[(0.8, RED)],
        ),
        graph(
            "Database connections",
            "Of all processes. Awaited above 0: requests queue for a connection.",
            "none",
            Prom(f"sum by (state) (database_pool_connections{{{OURS}}})", "{{state}}"),
            stacked=True,
        ),
        graph(
            "In hand",
            "Requests being answered, open streams, Nginx's connections by state. Requests that "
            "climb while the rate does not: answers have slowed down.",
            "none",
            Prom(
                'sum by (__name__, state) ({__name__=~"http_requests_in_flight|sse_clients'
                f'|nginx_connections",{OURS}}})',
                "{{__name__}} {{state}}",
            ),
        ),
        graph(
            "Age of the processes",
            "Saw teeth: the service is restarted over and over.",
            "s",
            Prom(f"time() - process_start_time_seconds{{{OURS}}}", "{{instance}}"),
        ),
    ]


def _log() -> list[AnyPanel]:
    return [
        graph(
            "Lines by level",
            "More warnings than usual mean that something is tried again; errors that it was lost.",
            "none",
            Loki(f"sum by (level) (count_over_time({{{OURS}}}[$__auto]))", "{{level}}"),
            width=12,
            stacked=True,
        ),
        graph(
            "Answers by status, from the log",
            "Nginx's too, which has no histogram. 502 or 504 of the gateway: no backend answered.",
            "none",
            Loki(
                f'sum by (status) (count_over_time({{{OURS}}} | json status="status"'
                ' | status != "" [$__auto]))',
                "{{status}}",
            ),
            width=12,
            stacked=True,
        ),
        lines(
            "Log of $service",
            "Open a line: requestId leads to all lines of its request, traceId to its trace.",
            Loki(f"{{{OURS}}}"),
        ),
        lines(
            "Warnings and errors of $service",
            "The newest lines above level info.",
            Loki(
                f'{{{OURS},level=~"warn|error|fatal"}}',
                may_be_empty="a sound service logs neither warnings nor errors",
            ),
            width=12,
        ),
        lines(
            "One request through all services",
            "All lines with the id given above, from gateway to worker.",
            Loki('{service=~".+"} |= `$request`'),
            width=12,
        ),
    ]
