"""Of the data stores, what CloudWatch alone sees."""

from __future__ import annotations

from collections.abc import Sequence

from rendering.dashboards.names import ORANGE, RED
from rendering.dashboards.panels import AnyPanel, Limits, NoLimit, graph
from rendering.dashboards.targets import CloudWatch
from rendering.dashboards.variables import PLATFORM

INSTANCES = (PLATFORM, f"{PLATFORM}-replica-1")
NODES = (f"{PLATFORM}-001", f"{PLATFORM}-002")


def panels() -> list[AnyPanel]:
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
            NoLimit("an alarm of CloudWatch knows the storage's size"),
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
            [(1, ORANGE)],
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
            "suffix:messages",
            "AWS/AmazonMQ",
            "MessageCount",
            "Broker",
            broker,
            [(1000, ORANGE)],
        ),
        _aws(
            "Amazon MQ: free disk",
            "With kind: rabbitmq. Near its limit publishers are blocked.",
            "bytes",
            "AWS/AmazonMQ",
            "RabbitMQDiskFree",
            "Broker",
            broker,
            NoLimit("RabbitMQDiskFreeLimit differs by instance type; an alarm watches it"),
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
    limits: Limits | NoLimit,
) -> AnyPanel:
    targets = [CloudWatch(namespace, metric, {dimension: name}, legend=name) for name in names]
    return graph(title, look_for, unit, *targets, limits=limits)
