"""One service: rate, errors and duration, saturation, and its logs."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from rendering.dashboards.many import fleet, largest
from rendering.dashboards.names import CLEAR, ORANGE, RED, YELLOW
from rendering.dashboards.panels import AnyPanel, NoLimit, graph, lines
from rendering.dashboards.targets import Loki, Prom
from rendering.dashboards.variables import board, of_label, written

OURS = 'service="$service"'
RATE, RANGE = "[$__rate_interval]", "[$__range] @ end()"
WITH_SERVICE = '{__name__=~"process_start_time_seconds|nginx_connections",service!=""}'
# Requests of an API and attempts of a worker alike; a label that a series lacks is empty.
DONE = f'{{__name__=~"http_request_duration_seconds_count|jobs_processed_total",{OURS}}}'
FAILED = (
    '{__name__=~"http_request_duration_seconds_count|jobs_processed_total",'
    f'{OURS},status=~"(5..)?",outcome=~"(retried|failed)?"}}'
)
TIMED = (
    '{__name__=~"http_request_duration_seconds_bucket|job_duration_seconds_bucket",'
    f'{OURS},route!~".*/events"}}'
)
BY = "route, kind"
EACH = f"by ({BY})"


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
    busiest = f"sum {EACH} (increase({DONE}{RANGE}))"
    failing = f"sum {EACH} (increase({FAILED}{RANGE})) > 0"
    return [
        graph(
            "Rate by route",
            "Requests by route (jobs by kind): the 5 busiest of the time shown. Which one changed?",
            "ops",
            Prom(
                largest(BY, f"sum {EACH} (rate({DONE}{RATE}))", busiest),
                "{{route}}{{kind}}",
                most=5,
            ),
            width=12,
            limits=NoLimit(
                "traffic is the users' choice; Errors and Duration say what is too much"
            ),
            rank="last",
        ),
        graph(
            "Errors by route",
            "Share of 5xx answers (of attempts that did not succeed), of all and of the 5 routes "
            "with the most. One route: its own fault; all: look at the data stores.",
            "percentunit",
            Prom(
                f"(sum(rate({FAILED}{RATE})) or vector(0)) / sum(rate({DONE}{RATE}))",
                "all",
            ),
            Prom(
                largest(
                    BY,
                    f"sum {EACH} (rate({FAILED}{RATE})) / sum {EACH} (rate({DONE}{RATE}))",
                    failing,
                ),
                "{{route}}{{kind}}",
                most=5,
                may_be_empty="no route has failed in the time shown",
            ),
            width=12,
            limits=[(0.001, RED)],
            rank="last",
        ),
        graph(
            "Duration by route, p95",
            "95 of 100 took less: the 5 slowest routes of the time shown. Streams of progress, as "
            "long as their job, are left out.",
            "s",
            Prom(
                largest(
                    BY,
                    f"histogram_quantile(0.95, sum by (le, {BY}) (rate({TIMED}{RATE})))",
                    f"histogram_quantile(0.95, sum by (le, {BY}) (increase({TIMED}{RANGE}))) > 0",
                ),
                "{{route}}{{kind}}",
                most=5,
            ),
            width=12,
            limits=[(0.5, RED)],
            rank="last",
        ),
        graph(
            "Duration of all",
            "p99 alone is slow: a few requests; the median too: nearly all of them.",
            "s",
            *(_duration(share) for share in (0.5, 0.95, 0.99)),
            width=6,
            limits=[(0.5, RED)],
        ),
        graph(
            "Answers by status",
            "4xx is the clients' doing: many 401 or 429 may be an attack, many 404 a broken link. "
            "For the worker: what became of each attempt.",
            "ops",
            Prom(
                "sum by (class) (label_replace(rate(http_request_duration_seconds_count"
                f'{{{OURS}}}{RATE}), "class", "${{1}}xx", "status", "(.).*"))',
                "{{class}}",
                may_be_empty="a worker answers no requests",
            ),
            Prom(
                f"sum by (outcome) (rate(jobs_processed_total{{{OURS}}}{RATE}))",
                "{{outcome}}",
                may_be_empty="an API runs no jobs",
            ),
            width=6,
            limits=NoLimit("the colours say which answers are bad"),
            stacked=True,
        ),
    ]


def _duration(share: float) -> Prom:
    return Prom(
        f"histogram_quantile({share}, sum by (le) (rate({TIMED}{RATE})))",
        f"p{share * 100:.0f}",
    )


def _saturation() -> list[AnyPanel]:
    return [
        graph(
            "Event loop lag, p99",
            "How late timers are. Above 200 ms (worker: 1 s): long work, or no CPU left.",
            "s",
            *fleet(f"nodejs_eventloop_lag_p99_seconds{{{OURS}}}", "slowest"),
            limits=[(0.2, ORANGE), (1, RED)],
        ),
        graph(
            "CPU",
            "Cores in use. Node's own code uses one at most.",
            "suffix:cores",
            *fleet(f"rate(process_cpu_seconds_total{{{OURS}}}{RATE})", "busiest"),
            limits=[(0.9, ORANGE)],
        ),
        graph(
            "Memory",
            "Resident memory of a process. A line that only climbs leaks; the limit kills it.",
            "bytes",
            *fleet(f"process_resident_memory_bytes{{{OURS}}}", "largest"),
            Prom(f"min(process_memory_limit_bytes{{{OURS}}})", "limit"),
            limits=NoLimit("the limit is a line of its own"),
        ),
        graph(
            "Heap in use",
            "JavaScript objects, as a share of the heap that V8 has taken. Near 100 % for long: "
            "garbage collection takes over.",
            "percentunit",
            *fleet(
                f"(nodejs_heap_size_used_bytes{{{OURS}}} / nodejs_heap_size_total_bytes{{{OURS}}})",
                "fullest",
            ),
            maximum=1,
            limits=[(0.98, ORANGE)],
        ),
        graph(
            "Garbage collection",
            "Share of a second that a process spends collecting.",
            "percentunit",
            *fleet(
                f"(sum by (instance) (rate(nodejs_gc_duration_seconds_sum{{{OURS}}}{RATE})))",
                "busiest",
            ),
            limits=[(0.1, ORANGE)],
        ),
        graph(
            "Open files and sockets",
            "As a share of what a process may open.",
            "percentunit",
            *fleet(f"(process_open_fds{{{OURS}}} / process_max_fds{{{OURS}}})", "fullest"),
            limits=[(0.8, RED)],
        ),
        graph(
            "Database connections",
            "Of all processes. Awaited above 0: requests queue for a connection.",
            "suffix:connections",
            *(
                Prom(f'sum(database_pool_connections{{{OURS},state="{state}"}})', state)
                for state in ("awaited", "busy", "idle")
            ),
            limits=[(1, YELLOW)],
        ),
        graph(
            "In hand",
            "Requests being answered (Nginx: connections) and open streams. A climb without more "
            "traffic: answers have slowed down.",
            "suffix:requests",
            Prom(
                f"sum(http_requests_in_flight{{{OURS}}})"
                f' or sum(nginx_connections{{{OURS},state="active"}})',
                "being answered",
            ),
            Prom(
                f"sum(sse_clients{{{OURS}}})", "streams", may_be_empty="the API alone has streams"
            ),
            limits=NoLimit("more with more users; Duration and CPU say what is too much"),
        ),
        graph(
            "Age of the youngest process",
            "Saw teeth: the service is restarted over and over.",
            "s",
            Prom(f"time() - max(process_start_time_seconds{{{OURS}}})", "youngest process"),
            base=ORANGE,
            limits=[(600, CLEAR)],
        ),
    ]


def _log() -> list[AnyPanel]:
    return [
        graph(
            "Lines by level",
            "More warnings than usual mean that something is tried again; errors that it was lost.",
            "suffix:lines",
            Loki(f"sum by (level) (count_over_time({{{OURS}}}[$__auto]))", "{{level}}"),
            width=12,
            limits=NoLimit("the colours say which levels are bad"),
            stacked=True,
        ),
        graph(
            "Answers by status, from the log",
            "Nginx's too, which has no histogram. 5xx of the gateway alone: no backend answered.",
            "ops",
            Loki(
                f'sum by (class) (rate({{{OURS}}} | json status="status"'
                ' | status != "" | label_format class=`{{substr 0 1 .status}}xx` [$__auto]))',
                "{{class}}",
            ),
            width=12,
            limits=NoLimit("the colours say which answers are bad"),
            stacked=True,
        ),
        lines(
            "Warnings and errors of $service",
            "The newest lines above level info. Open a line: requestId leads to all lines of its "
            "request, traceId to its trace.",
            Loki(
                f'{{{OURS},level=~"warn|error|fatal"}}',
                may_be_empty="a sound service logs neither warnings nor errors",
            ),
            height=8,
            empty="No warning and no error in the time shown",
        ),
        lines(
            "One request through all services",
            "All lines with the id given at the top, from gateway to worker.",
            # A label of the id, since an empty one would be in every line.
            Loki(
                '{service=~".+"} |= `$request` | label_format asked=`$request` | asked=~".{8,}"',
                may_be_empty="nobody has asked for a request",
            ),
            height=8,
            empty="Give a request or trace id at the top of the page",
        ),
    ]
