"""The main costs: tasks, the database, logs, series, traffic through NAT gateways."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from prices.price_list import table
from rendering.dashboards.many import largest
from rendering.dashboards.names import ORANGE, RED, TASKS
from rendering.dashboards.panels import AnyPanel, NoLimit, graph
from rendering.dashboards.targets import CloudWatch, Loki, Prom
from rendering.dashboards.variables import PLATFORM, board, environment, written

RATE, RANGE = "[$__rate_interval]", "[$__range] @ end()"
INSIGHTS = "ECS/ContainerInsights"
REGION = "eu-west-1"
HOURS, SECONDS = 730, 730 * 3600
LARGEST = 10
GB, GIB = 1e9, 2**30
NODE = ("backend", "worker")
# vCPU and GiB of a task by service, of the sample's production; a stack file is its users', so that
# the reader gives those of another.
SIZES = {"backend": (0.5, 1.0), "worker": (0.5, 1.0), "frontend": (0.25, 0.5)}
BILLED = "a cost has no limit here; the budget of the account has"
DATABASES = 'datname!~"template.*|postgres|rdsadmin|"'
LOGGING = "backend|worker|frontend|gateway|postgres|redis|rabbitmq"


def price(name: str) -> float:
    """USD at AWS's list price in REGION. Errors: ValueError where the table has none."""
    usd = table().price(REGION, name)
    if usd is None:
        raise ValueError(f"prices/list_prices.yml has no {name} for {REGION}")
    return usd


def build() -> dashboard.Dashboard:
    result = board("cost", "Which of the things that cost money grows, and who makes it grow?")
    result.with_variable(environment())
    for service, (vcpu, gib) in SIZES.items():
        for unit, key, size in (("vCPU", "cpu", vcpu), ("GiB", "memory", gib)):
            what = f"{key} / 1024 of {service} in the stack config."
            variable = f"{service}_{unit.lower()}"
            result.with_variable(written(variable, f"{service}: {unit}", f"{size:g}", what))
    for row, panels in (
        ("Who makes it grow", _ranked()),
        ("Tasks", _tasks()),
        ("Logs and metrics", _telemetry()),
    ):
        result.with_row(dashboard.Row(row))
        for panel in panels:
            result.with_panel(panel)
    aws = dashboard.Row("On AWS: what is billed").collapsed(True)
    for panel in _cloudwatch():
        aws.with_panel(panel)
    return result.with_row(aws)


def _ranked() -> list[AnyPanel]:
    logs = f"{SECONDS} / {GB:.0f} * {price('cloudwatch/log-gb')}"
    return [
        graph(
            "Who makes it grow: USD a month",
            "What each would cost for a month at this moment's rate, at AWS's list prices of "
            f"{REGION}: tasks by their size above, logs by the bytes that CloudWatch takes in, the "
            "database by its size on Multi-AZ gp3. First the one that has grown most in the time "
            "shown (Difference).",
            "currencyUSD",
            Prom(" or ".join(map(_tasks_cost, SIZES)), TASKS + "{{job}}", most=3),
            Loki(
                f'sum by (service) (bytes_rate({{service=~"{LOGGING}"}}[5m])) * {logs}',
                "logs: {{service}}",
                most=7,
            ),
            Prom(
                f"sum(pg_database_size_bytes{{{DATABASES}}}) / {GIB}"
                f" * {price('rds/gp3/multi-az-gb-month')}",
                "database",
            ),
            width=24,
            height=12,
            limits=NoLimit(BILLED),
            rank="growth",
        ),
        graph(
            "Requests by route",
            "The 5 busiest of the time shown: what a climb of the logs' cost comes from.",
            "ops",
            Prom(
                largest(
                    "route",
                    f"sum by (route) (rate(http_request_duration_seconds_count{RATE}))",
                    f"sum by (route) (increase(http_request_duration_seconds_count{RANGE}))",
                ),
                "{{route}}",
                most=5,
            ),
            width=24,
            limits=NoLimit("traffic is the users' choice"),
            rank="growth",
        ),
    ]


def _tasks_cost(service: str) -> str:
    return (
        f'count by (job) (up{{job="{service}"}} == 1)'
        f" * (${service}_vcpu * {price('fargate/x86_64/vcpu-hour')}"
        f" + ${service}_gib * {price('fargate/x86_64/gb-hour')}) * {HOURS}"
    )


def _cpu_share(service: str) -> str:
    return (
        f'sum by (service) (rate(process_cpu_seconds_total{{service="{service}"}}{RATE}))'
        f' / scalar(count(up{{job="{service}"}} == 1)) / ${service}_vcpu'
    )


def _tasks() -> list[AnyPanel]:
    return [
        graph(
            "Tasks by service",
            "Each is billed for what it reserves, used or not; those that answer Prometheus.",
            "suffix:tasks",
            Prom(f'count by (job) (up{{job=~"{"|".join(SIZES)}"}} == 1)', "{{job}}", most=3),
            width=12,
            limits=NoLimit(BILLED),
            stacked=True,
            rank="growth",
        ),
        graph(
            "CPU in use, of what is reserved",
            "By service. Far below 100 %: smaller or fewer tasks would do.",
            "percentunit",
            Prom(" or ".join(map(_cpu_share, NODE)), "{{service}}", most=2),
            width=6,
            limits=[(0.8, ORANGE), (1, RED)],
        ),
        graph(
            "Memory in use by service",
            "Resident memory. Far below what the tasks reserve: smaller tasks would do.",
            "bytes",
            Prom(
                'sum by (service) (process_resident_memory_bytes{service!=""})',
                "{{service}}",
                most=2,
            ),
            width=6,
            limits=NoLimit(BILLED),
            stacked=True,
        ),
        graph(
            "CPU for 1,000 requests or jobs",
            "Core seconds. A step at a deployment: the new version costs more.",
            "s",
            Prom(
                f'1000 * sum(rate(process_cpu_seconds_total{{service="backend"}}{RATE}))'
                f" / (sum(rate(http_request_duration_seconds_count{RATE})) > 0)",
                "1,000 requests",
            ),
            Prom(
                f'1000 * sum(rate(process_cpu_seconds_total{{service="worker"}}{RATE}))'
                f" / (sum(rate(jobs_processed_total{RATE})) > 0)",
                "1,000 jobs",
            ),
            width=12,
            limits=NoLimit(BILLED),
        ),
        graph(
            "Size of the database",
            "Storage is billed by what is reserved and grows with it.",
            "bytes",
            Prom(f"sum(pg_database_size_bytes{{{DATABASES}}})", "database"),
            width=12,
            limits=NoLimit(BILLED),
        ),
    ]


def _telemetry() -> list[AnyPanel]:
    return [
        graph(
            "Log bytes by service",
            "CloudWatch and Loki's store bill bytes. A debug level left on shows here first.",
            "Bps",
            Loki(
                f'sum by (service) (bytes_rate({{service=~"{LOGGING}"}}[$__auto]))',
                "{{service}}",
                most=7,
            ),
            Loki(
                f'sum(bytes_rate({{service=~".+",service!~"{LOGGING}"}}[$__auto]))',
                "monitoring",
                may_be_empty="monitoring may log nothing for a while",
            ),
            width=12,
            limits=NoLimit(BILLED),
            stacked=True,
            rank="growth",
        ),
        graph(
            "Series by job",
            "Samples of the last scrape. A climb without new tasks: a label has too many values.",
            "suffix:series",
            Prom('sum by (job) (scrape_samples_post_metric_relabeling{job!="probe"})', "{{job}}"),
            width=12,
            limits=NoLimit(BILLED),
            stacked=True,
            rank="growth",
        ),
        graph(
            "Time series in Prometheus",
            "Of all jobs, those that have just ended too. Its memory grows with them.",
            "suffix:series",
            Prom("max(prometheus_tsdb_head_series)", "series"),
            width=12,
            limits=[(500_000, ORANGE)],
        ),
        graph(
            "Samples per second",
            "Amazon Managed Prometheus is billed by samples.",
            "suffix:samples/s",
            Prom(f"sum(rate(prometheus_tsdb_head_samples_appended_total{RATE}))", "samples"),
            width=12,
            limits=NoLimit(BILLED),
        ),
    ]


def _search(dimensions: str, metric: str, more: str = "", statistic: str = "Sum") -> str:
    """The largest ones (Amazon CloudWatch User Guide, "Using metric math", SORT)."""
    found = f"SEARCH('{{{dimensions}}} MetricName=\"{metric}\"{more}', '{statistic}', 60)"
    return f"SORT({found}, MAX, DESC, {LARGEST})"


def _cloudwatch() -> list[AnyPanel]:
    """Metric math on what SEARCH finds: each minute's amount, for a month, at list prices."""
    cluster = f' ClusterName="{PLATFORM}"'
    services = f"{INSIGHTS},ClusterName,ServiceName"
    name = "${PROP('Dim.ServiceName')}"
    a_month = f"{HOURS * 60} / {GB:.0f}"
    money = (
        (
            "CPU reserved by service: USD a month",
            "Fargate bills the CPU that tasks reserve, used or not.",
            f"{_search(services, 'CpuReserved', cluster)} / 1024 * {HOURS}"
            f" * {price('fargate/x86_64/vcpu-hour')}",
            name,
        ),
        (
            "Memory reserved by service: USD a month",
            "Fargate bills the memory that tasks reserve, used or not.",
            f"{_search(services, 'MemoryReserved', cluster)} / 1024 * {HOURS}"
            f" * {price('fargate/x86_64/gb-hour')}",
            name,
        ),
        (
            "NAT gateways, out: USD a month",
            "Bytes to the Internet, by gateway, of all environments of the account and region.",
            f"{_search('AWS/NATGateway,NatGatewayId', 'BytesOutToDestination')}"
            f" * {a_month} * {price('nat/gb')}",
            "${PROP('Dim.NatGatewayId')}",
        ),
        (
            "NAT gateways, in: USD a month",
            "Mostly images that tasks pull when they start: VPC endpoints cost less.",
            f"{_search('AWS/NATGateway,NatGatewayId', 'BytesInFromDestination')}"
            f" * {a_month} * {price('nat/gb')}",
            "${PROP('Dim.NatGatewayId')}",
        ),
        (
            "Logs taken in, by log group: USD a month",
            "All of the account and region.",
            f"{_search('AWS/Logs,LogGroupName', 'IncomingBytes')}"
            f" * {a_month} * {price('cloudwatch/log-gb')}",
            "${PROP('Dim.LogGroupName')}",
        ),
    )
    return [
        *(
            graph(
                title,
                f"{look_for} List prices of {REGION}.",
                "currencyUSD",
                CloudWatch(expression=expression, legend=legend, most=LARGEST),
                width=12,
                limits=NoLimit(BILLED),
                rank="growth",
            )
            for title, look_for, expression, legend in money
        ),
        graph(
            "Running tasks by service",
            "As ECS counts them; beside the tasks that Prometheus reaches.",
            "suffix:tasks",
            CloudWatch(
                expression=_search(services, "RunningTaskCount", cluster, "Maximum"),
                legend=name,
                most=LARGEST,
            ),
            width=12,
            limits=NoLimit(BILLED),
            rank="growth",
        ),
    ]
