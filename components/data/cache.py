"""ElastiCache for Redis or Valkey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.network.connections import security_group
from components.network.network import Network
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.context import Context
from components.shared.logs import log_group
from components.shared.queue_metric import QueueMetric
from components.shared.secrets import SecretHandle
from settings.stores.cache import CacheSettings

PORT = 6379


@dataclass(frozen=True)
class CacheArgs:
    """`password` is the AUTH token's value with its handle."""

    settings: CacheSettings
    network: Network
    key_arn: pulumi.Input[str]
    alarms: Alarms
    password: tuple[pulumi.Output[str], SecretHandle]


class Cache(pulumi.ComponentResource):
    """The cache of one stack, which also holds BullMQ's queues.

    Makes: elasticache.SubnetGroup on isolated subnets, ParameterGroup (`noeviction`),
    ReplicationGroup across zones (TLS, AUTH, encrypted, snapshots, slow log), a log group, a
    security group, alarms.
    """

    security_group_id: pulumi.Output[str]
    environment: Mapping[str, pulumi.Input[str]]
    """REDIS_* variables for applications."""
    password: SecretHandle

    def __init__(
        self,
        name: str,
        context: Context,
        args: CacheArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:cache:Cache", name, None, opts)
        self._environment_name = context.names.environment
        settings = args.settings
        group = security_group(name, args.network.vpc_id, settings.engine, parent=self)
        self.security_group_id = group.id
        slow_log = log_group(
            f"{name}-slow-log",
            physical_name=context.names.log_group("cache-slow-log"),
            retention_days=30,
            key_arn=args.key_arn,
            parent=self,
        )
        replication_group = aws.elasticache.ReplicationGroup(
            name,
            replication_group_id=context.names.platform,
            description=f"Cache and queues of {context.names.platform}",
            engine=settings.engine,
            engine_version=settings.version,
            node_type=settings.node_type,
            num_cache_clusters=1 + settings.replicas,
            automatic_failover_enabled=settings.replicas > 0,
            multi_az_enabled=settings.replicas > 0,
            port=PORT,
            subnet_group_name=self._subnet_group(name, context, args.network).name,
            parameter_group_name=self._parameter_group(name, settings).name,
            security_group_ids=[group.id],
            at_rest_encryption_enabled=True,
            kms_key_id=args.key_arn,
            transit_encryption_enabled=True,
            auth_token=args.password[0],
            auth_token_update_strategy="ROTATE",
            snapshot_retention_limit=settings.snapshot_retention_days,
            snapshot_window="04:00-05:00",
            maintenance_window="sun:05:00-sun:06:00",
            final_snapshot_identifier=(
                f"{context.names.platform}-final" if context.is_production else None
            ),
            auto_minor_version_upgrade=True,
            apply_immediately=not context.is_production,
            log_delivery_configurations=[
                {
                    "destination": slow_log.name,
                    "destination_type": "cloudwatch-logs",
                    "log_format": "json",
                    "log_type": "slow-log",
                }
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.password = args.password[1]
        self.environment = {
            "REDIS_HOST": replication_group.primary_endpoint_address,
            "REDIS_PORT": str(PORT),
            "REDIS_TLS": "true",
        }
        # CloudWatch knows nodes, not groups; the first node is named <group>-001.
        node = {"CacheClusterId": f"{context.names.platform}-001"}
        for spec in ALARMS:
            args.alarms.add(f"{name}-{spec.name}", spec, node, self)
        self.register_outputs({"host": replication_group.primary_endpoint_address})

    def metric(self, queue: str) -> QueueMetric:
        """The waiting jobs of a BullMQ queue, as applications report them in embedded metrics."""
        dimensions = {"Environment": self._environment_name, "Queue": queue}
        return QueueMetric("Plataforma/Queues", "QueueDepth", dimensions)

    def _subnet_group(
        self, name: str, context: Context, network: Network
    ) -> aws.elasticache.SubnetGroup:
        return aws.elasticache.SubnetGroup(
            name,
            name=context.names.platform,
            subnet_ids=network.isolated_subnet_ids,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _parameter_group(
        self, name: str, settings: CacheSettings
    ) -> aws.elasticache.ParameterGroup:
        return aws.elasticache.ParameterGroup(
            name,
            family=f"{settings.engine}{settings.version.partition('.')[0]}",
            description="BullMQ's queues must never be evicted",
            parameters=[{"name": "maxmemory-policy", "value": "noeviction"}],
            opts=pulumi.ResourceOptions(parent=self),
        )


ALARMS = (
    AlarmSpec(
        "memory",
        "AWS/ElastiCache",
        "DatabaseMemoryUsagePercentage",
        ">",
        80,
        minutes=5,
        meaning="memory above 80 %; at 100 % writes fail, for nothing is evicted",
    ),
    AlarmSpec(
        "cpu",
        "AWS/ElastiCache",
        "EngineCPUUtilization",
        ">",
        80,
        minutes=10,
        meaning="CPU above 80 %",
    ),
    AlarmSpec(
        "evictions",
        "AWS/ElastiCache",
        "Evictions",
        ">",
        0,
        minutes=1,
        statistic="Sum",
        meaning="keys are evicted in spite of noeviction",
    ),
)
