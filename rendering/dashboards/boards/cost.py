"""The main costs: tasks, traffic through NAT gateways, logs, series."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from rendering.dashboards.panels import AnyPanel, graph
from rendering.dashboards.targets import CloudWatch, Loki, Prom
from rendering.dashboards.variables import PLATFORM, PROCESSES, board, environment

RATE = "[$__rate_interval]"
INSIGHTS = "ECS/ContainerInsights"


def build() -> dashboard.Dashboard:
    result = board("cost", "Which of the things that cost money grows, and who makes it grow?")
    result.with_variable(environment())
    for row, panels in (("Tasks", _tasks()), ("Logs and metrics", _telemetry())):
        result.with_row(dashboard.Row(row))
        for panel in panels:
            result.with_panel(panel)
    aws = dashboard.Row("On AWS: what is billed").collapsed(True)
    for panel in _cloudwatch():
        aws.with_panel(panel)
    return result.with_row(aws)


def _tasks() -> list[AnyPanel]:
    return [
        graph(
            "Tasks by service",
            "Each is billed for what it reserves, used or not.",
            "none",
            Prom(f"count by (job) (up{PROCESSES} == 1)", "{{job}}"),
            stacked=True,
        ),
        graph(
            "CPU in use by service",
            "Cores. Far below what the tasks reserve: smaller or fewer tasks would do.",
            "none",
            Prom(
                f'sum by (service) (rate(process_cpu_seconds_total{{service!=""}}{RATE}))',
                "{{service}}",
            ),
            stacked=True,
        ),
        graph(
            "Memory in use by service",
            "Resident memory. Far below what the tasks reserve: smaller tasks would do.",
            "bytes",
            Prom('sum by (service) (process_resident_memory_bytes{service!=""})', "{{service}}"),
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
        ),
        graph(
            "Size of the database",
            "Storage is billed by what is reserved and grows with it.",
            "bytes",
            Prom(
                'sum(pg_database_size_bytes{datname!~"template.*|postgres|rdsadmin|"})', "database"
            ),
            width=12,
        ),
    ]


def _telemetry() -> list[AnyPanel]:
    return [
        graph(
            "Log lines by service",
            "In each step of the graph. A debug level left on shows here first.",
            "none",
            Loki('sum by (service) (count_over_time({service=~".+"}[$__auto]))', "{{service}}"),
            stacked=True,
        ),
        graph(
            "Log bytes by service",
            "Per second; CloudWatch and Loki's store are billed by bytes.",
            "Bps",
            Loki('sum by (service) (bytes_rate({service=~".+"}[$__auto]))', "{{service}}"),
            stacked=True,
        ),
        graph(
            "Time series in Prometheus",
            "A climb without new tasks: a label has too many values.",
            "none",
            Prom("max(prometheus_tsdb_head_series)", "series"),
        ),
        graph(
            "Series by job",
            "Who makes the series: samples of the last scrape.",
            "none",
            Prom("sum by (job) (scrape_samples_post_metric_relabeling)", "{{job}}"),
            width=12,
            stacked=True,
        ),
        graph(
            "Samples per second",
            "Amazon Managed Prometheus is billed by samples.",
            "none",
            Prom(f"sum(rate(prometheus_tsdb_head_samples_appended_total{RATE}))", "samples"),
            width=12,
        ),
    ]


def _cloudwatch() -> list[AnyPanel]:
    services = {"ClusterName": PLATFORM, "ServiceName": "*"}
    gateways = {"NatGatewayId": "*"}
    name = "${PROP('Dim.ServiceName')}"
    return [
        graph(
            "CPU reserved by service",
            "CPU units, 1,024 a core: Fargate bills these.",
            "none",
            CloudWatch(INSIGHTS, "CpuReserved", services, "Sum", name),
            stacked=True,
        ),
        graph(
            "Memory reserved by service",
            "MiB: Fargate bills these.",
            "mbytes",
            CloudWatch(INSIGHTS, "MemoryReserved", services, "Sum", name),
            stacked=True,
        ),
        graph(
            "Running tasks by service",
            "As ECS counts them; beside the tasks that Prometheus reaches.",
            "none",
            CloudWatch(INSIGHTS, "RunningTaskCount", services, "Maximum", name),
            stacked=True,
        ),
        graph(
            "NAT gateways: bytes out",
            "To the Internet, by gateway, all environments of the account and region. Billed by "
            "byte: image pulls and AWS calls belong on VPC endpoints.",
            "bytes",
            CloudWatch("AWS/NATGateway", "BytesOutToDestination", gateways, "Sum"),
        ),
        graph(
            "NAT gateways: bytes in",
            "From the Internet, by gateway: mostly images that tasks pull when they start.",
            "bytes",
            CloudWatch("AWS/NATGateway", "BytesInFromDestination", gateways, "Sum"),
        ),
        graph(
            "CloudWatch: log bytes taken in",
            "By log group, all of the account and region. Billed by byte.",
            "bytes",
            CloudWatch("AWS/Logs", "IncomingBytes", {"LogGroupName": "*"}, "Sum"),
        ),
    ]
