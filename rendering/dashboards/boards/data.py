"""PostgreSQL, Redis and the broker: do they answer, and how full are they?"""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard

from rendering.dashboards.panels import GREEN, ORANGE, RED, AnyPanel, graph, number
from rendering.dashboards.targets import CloudWatch, Prom
from rendering.dashboards.variables import PLATFORM, board, environment

RATE = "[$__rate_interval]"
DATABASES = 'datname!~"template.*|postgres|rdsadmin|"'
INSTANCES = (PLATFORM, f"{PLATFORM}-replica-1")
NODES = (f"{PLATFORM}-001", f"{PLATFORM}-002")


def build() -> dashboard.Dashboard:
    result = board("data", "Do the stores answer, and what will run out first?")
    result.with_variable(environment())
    for row, panels in (
        ("PostgreSQL", _postgres()),
        ("Redis", _redis()),
        ("RabbitMQ", _rabbitmq()),
    ):
        result.with_row(dashboard.Row(row))
        for panel in panels:
            result.with_panel(panel)
    aws = dashboard.Row("On AWS: what CloudWatch alone sees").collapsed(True)
    for panel in _cloudwatch():
        aws.with_panel(panel)
    return result.with_row(aws)


def _answers(name: str, series: str) -> AnyPanel:
    return number(
        f"{name} answers",
        f"1: the exporter reaches {name}; 0: it does not.",
        "none",
        Prom(f"min({series})", "up"),
        base=RED,
        limits=[(1, GREEN)],
        height=8,
    )


def _postgres() -> list[AnyPanel]:
    return [
        _answers("PostgreSQL", "pg_up"),
        graph(
            "Connections",
            "By state, against the most that the server takes. Idle in transaction holds locks.",
            "none",
            Prom("sum by (state) (pg_stat_activity_count > 0)", "{{state}}"),
            Prom("max(pg_settings_max_connections)", "most"),
            width=10,
        ),
        graph(
            "Connections, share in use",
            "At 100 % nobody gets in: fewer tasks, smaller pools, or the RDS proxy.",
            "percentunit",
            Prom("sum(pg_stat_activity_count) / max(pg_settings_max_connections)", "in use"),
            width=10,
            limits=[(0.8, ORANGE), (0.95, RED)],
            maximum=1,
        ),
        graph(
            "Transactions",
            "Rolled back beside committed: conflicts, or requests that were given up.",
            "ops",
            Prom(f"sum(rate(pg_stat_database_xact_commit{{{DATABASES}}}{RATE}))", "committed"),
            Prom(f"sum(rate(pg_stat_database_xact_rollback{{{DATABASES}}}{RATE}))", "rolled back"),
        ),
        graph(
            "Blocks found in memory",
            "Below 99 % for long: the tables in use no longer fit into memory.",
            "percentunit",
            Prom(
                f"sum(rate(pg_stat_database_blks_hit{{{DATABASES}}}{RATE}))"
                f" / (sum(rate(pg_stat_database_blks_hit{{{DATABASES}}}{RATE}))"
                f" + sum(rate(pg_stat_database_blks_read{{{DATABASES}}}{RATE})))",
                "hit",
            ),
            floor=None,
            maximum=1,
        ),
        graph(
            "Rows",
            "Read by queries and changed. Many more returned than fetched: an index is missing.",
            "ops",
            *(
                Prom(f"sum(rate(pg_stat_database_tup_{kind}{{{DATABASES}}}{RATE}))", kind)
                for kind in ("returned", "fetched", "inserted", "updated", "deleted")
            ),
        ),
        graph(
            "Deadlocks",
            "Should be 0: two transactions took the same rows in another order.",
            "ops",
            Prom(f"sum(rate(pg_stat_database_deadlocks{{{DATABASES}}}{RATE}))", "deadlocks"),
            width=6,
        ),
        graph(
            "Spilt to disk",
            "Bytes that sorts write to temporary files, for want of memory.",
            "Bps",
            Prom(f"sum(rate(pg_stat_database_temp_bytes{{{DATABASES}}}{RATE}))", "spilt"),
            width=6,
        ),
        graph(
            "Size",
            "Of each database. The slope shows when the storage will be full.",
            "bytes",
            Prom(f"pg_database_size_bytes{{{DATABASES}}}", "{{datname}}"),
            width=6,
        ),
        graph(
            "Reads that the primary took over",
            "Above 0: the replica does not answer, the primary serves its reads.",
            "ops",
            Prom(f"sum(rate(reader_fallbacks_total{RATE}))", "taken over"),
            width=6,
            limits=[(0.01, ORANGE)],
        ),
    ]


def _redis() -> list[AnyPanel]:
    return [
        _answers("Redis", "redis_up"),
        graph(
            "Memory",
            "At the limit Redis refuses to write: no job can be queued.",
            "bytes",
            Prom("max(redis_memory_used_bytes)", "used"),
            Prom("max(redis_memory_max_bytes)", "limit"),
            width=10,
        ),
        graph(
            "Evicted keys",
            "Must be 0: queues live here, and with noeviction nothing is ever evicted.",
            "ops",
            Prom(f"sum(rate(redis_evicted_keys_total{RATE}))", "evicted"),
            width=10,
            limits=[(0.001, RED)],
        ),
        graph(
            "Commands",
            "All clients together.",
            "ops",
            Prom(f"sum(rate(redis_commands_processed_total{RATE}))", "commands"),
        ),
        graph(
            "Slowest kinds of command",
            "Average time of one. Scripts of the queue are evalsha.",
            "s",
            Prom(
                f"topk(5, sum by (cmd) (rate(redis_commands_duration_seconds_total{RATE}))"
                f" / (sum by (cmd) (rate(redis_commands_total{RATE})) > 0))",
                "{{cmd}}",
            ),
        ),
        graph(
            "Clients",
            "A leap: processes that connect again and again.",
            "none",
            Prom("max(redis_connected_clients)", "connected"),
            Prom("max(redis_blocked_clients)", "waiting for a job"),
        ),
    ]


def _rabbitmq() -> list[AnyPanel]:
    return [
        graph(
            "Messages",
            "Ready wait for a consumer; unacknowledged are in a consumer's hands.",
            "none",
            Prom("sum(rabbitmq_queue_messages_ready)", "ready"),
            Prom("sum(rabbitmq_queue_messages_unacked)", "unacknowledged"),
        ),
        graph(
            "Messages per second",
            "Received from publishers and delivered to consumers.",
            "ops",
            Prom(f"sum(rate(rabbitmq_global_messages_received_total{RATE}))", "received"),
            Prom(f"sum(rate(rabbitmq_global_messages_delivered_total{RATE}))", "delivered"),
        ),
        graph(
            "Connections and consumers",
            "No consumer: no worker listens to events.",
            "none",
            Prom("sum(rabbitmq_connections)", "connections"),
            Prom("sum(rabbitmq_consumers)", "consumers"),
        ),
        graph(
            "Memory",
            "At the limit RabbitMQ blocks publishers.",
            "bytes",
            Prom("max(rabbitmq_process_resident_memory_bytes)", "used"),
            Prom("max(rabbitmq_resident_memory_limit_bytes)", "limit"),
            width=12,
        ),
        graph(
            "Free disk",
            "Below the limit RabbitMQ blocks publishers.",
            "bytes",
            Prom("min(rabbitmq_disk_space_available_bytes)", "free"),
            Prom("max(rabbitmq_disk_space_available_limit_bytes)", "limit"),
            width=12,
        ),
    ]


def _cloudwatch() -> list[AnyPanel]:
    broker = [PLATFORM]
    return [
        _aws(
            "RDS: CPU",
            "Above 80 % for long: a larger instance, or a slow query.",
            "percent",
            "AWS/RDS",
            "CPUUtilization",
            "DBInstanceIdentifier",
            INSTANCES,
            [(80, ORANGE)],
        ),
        _aws(
            "RDS: free storage",
            "Grows by itself up to the set maximum; then it ends.",
            "bytes",
            "AWS/RDS",
            "FreeStorageSpace",
            "DBInstanceIdentifier",
            INSTANCES,
        ),
        _aws(
            "RDS: replica lag",
            "How old the replica's data is.",
            "s",
            "AWS/RDS",
            "ReplicaLag",
            "DBInstanceIdentifier",
            INSTANCES[1:],
            [(30, ORANGE)],
        ),
        _aws(
            "ElastiCache: CPU of the engine",
            "Redis has one thread: at 90 % it is full.",
            "percent",
            "AWS/ElastiCache",
            "EngineCPUUtilization",
            "CacheClusterId",
            NODES,
            [(90, RED)],
        ),
        _aws(
            "ElastiCache: memory",
            "At 100 % no job can be queued.",
            "percent",
            "AWS/ElastiCache",
            "DatabaseMemoryUsagePercentage",
            "CacheClusterId",
            NODES,
            [(80, ORANGE), (95, RED)],
        ),
        _aws(
            "ElastiCache: replication lag",
            "A failover loses the writes that the replica does not have yet.",
            "s",
            "AWS/ElastiCache",
            "ReplicationLag",
            "CacheClusterId",
            NODES[1:],
        ),
        _aws(
            "Amazon MQ: CPU",
            "With kind: rabbitmq.",
            "percent",
            "AWS/AmazonMQ",
            "SystemCpuUtilization",
            "Broker",
            broker,
            [(80, ORANGE)],
        ),
        _aws(
            "Amazon MQ: messages",
            "With kind: rabbitmq. All queues together.",
            "none",
            "AWS/AmazonMQ",
            "MessageCount",
            "Broker",
            broker,
        ),
        _aws(
            "Amazon MQ: free disk",
            "With kind: rabbitmq. Near its limit publishers are blocked.",
            "bytes",
            "AWS/AmazonMQ",
            "RabbitMQDiskFree",
            "Broker",
            broker,
        ),
    ]


def _aws(
    title: str,
    look_for: str,
    unit: str,
    namespace: str,
    metric: str,
    dimension: str,
    names: Sequence[str],
    limits: Sequence[tuple[float, str]] = (),
) -> AnyPanel:
    targets = [CloudWatch(namespace, metric, {dimension: name}, label=name) for name in names]
    return graph(title, look_for, unit, *targets, limits=limits)
