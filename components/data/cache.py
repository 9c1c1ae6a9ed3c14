"""ElastiCache for Redis or Valkey."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.data.final_snapshot import final_snapshot
from components.network.network import Network
from components.network.security_groups import security_group
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.context import Context
from components.shared.link import Endpoint, Link
from components.shared.logs import log_group
from components.shared.queue_metric import QueueMetric
from components.shared.secrets import Password
from settings.stores.cache import CacheSettings
from settings.stores.windows import MAINTENANCE_WINDOW, SNAPSHOT_WINDOW

PORT = 6379
TIMEOUTS = pulumi.CustomTimeouts(create="2h", update="4h", delete="2h")
"""The provider's own, 60, 40 and 45 minutes, are too short to add replicas or to upgrade a large
group, node by node."""


@dataclass(frozen=True)
class CacheArgs:
    """`password` is Redis's AUTH token."""

    settings: CacheSettings
    network: Network
    key_arn: pulumi.Input[str]
    alarms: Alarms
    password: Password


class Cache(pulumi.ComponentResource):
    """The cache of one stack, which also holds BullMQ's queues.

    Makes: elasticache.SubnetGroup on isolated subnets, ParameterGroup (`noeviction`),
    ReplicationGroup across zones (TLS, AUTH, encrypted, snapshots, slow log), a log group, a
    security group, alarms on each node.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        args: CacheArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:cache:Cache", name, None, opts)
        self._name, self._context, self._args = name, context, args
        settings = args.settings
        group = security_group(name, args.network.vpc_id, settings.engine, parent=self)
        self._security_group_id = group.id
        slow_log = log_group(
            f"{name}-slow-log",
            physical_name=context.names.log_group("cache-slow-log"),
            retention_days=30,
            key_arn=args.key_arn,
            parent=self,
        )
        parameters = self._parameter_group()
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
            subnet_group_name=self._subnet_group().name,
            parameter_group_name=parameters.name,
            security_group_ids=[group.id],
            at_rest_encryption_enabled=True,
            kms_key_id=args.key_arn,
            transit_encryption_enabled=True,
            auth_token=args.password.value,
            auth_token_update_strategy=settings.auth_token_update_strategy,
            snapshot_retention_limit=settings.snapshot_retention_days,
            snapshot_window=SNAPSHOT_WINDOW,
            maintenance_window=MAINTENANCE_WINDOW,
            final_snapshot_identifier=(
                final_snapshot(context, parameters.name) if context.is_production else None
            ),
            # The provider compares major and minor version, and replaces the group where the
            # version in the stack file is the lower one (terraform-provider-aws, internal/service/
            # elasticache, setEngineVersionRedis, customizeDiffEngineVersionForceNewOnDowngrade).
            # Patch versions come in service updates whatever this says.
            auto_minor_version_upgrade=False,
            apply_immediately=(
                not context.is_production
                if settings.apply_immediately is None
                else settings.apply_immediately
            ),
            log_delivery_configurations=[
                {
                    "destination": slow_log.name,
                    "destination_type": "cloudwatch-logs",
                    "log_format": "json",
                    "log_type": "slow-log",
                }
            ],
            opts=pulumi.ResourceOptions(
                parent=self, delete_before_replace=True, custom_timeouts=TIMEOUTS
            ),
        )
        self._host = replication_group.primary_endpoint_address
        self._add_alarms()
        self.register_outputs({"host": self._host})

    def link(self) -> Link:
        """For a client that reads and writes keys, or BullMQ's queues."""
        return Link(
            self._name,
            environment={
                "REDIS_HOST": self._host,
                "REDIS_PORT": str(PORT),
                "REDIS_TLS": "true",
            },
            secrets={"REDIS_PASSWORD": self._args.password.secret},
            endpoints=[Endpoint(self._name, self._security_group_id, PORT)],
        )

    def metric(self, queue: str) -> QueueMetric:
        """The number of jobs that wait in a BullMQ queue, which applications report in CloudWatch's
        embedded metric format."""
        dimensions = {"Environment": self._context.names.environment, "Queue": queue}
        return QueueMetric("Plataforma/Queues", "QueueDepth", dimensions)

    def _add_alarms(self) -> None:
        """CloudWatch has metrics of nodes, not of groups, and any node may be the primary after a
        failover. Names of nodes: ElastiCache User Guide, "Creating a replication group"."""
        for number in range(1, 2 + self._args.settings.replicas):
            node = {"CacheClusterId": f"{self._context.names.platform}-{number:03}"}
            for spec in ALARMS:
                self._args.alarms.add(f"{self._name}-{number}-{spec.name}", spec, node, self)

    def _subnet_group(self) -> aws.elasticache.SubnetGroup:
        return aws.elasticache.SubnetGroup(
            self._name,
            name=self._context.names.platform,
            subnet_ids=self._args.network.isolated_subnet_ids,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _parameter_group(self) -> aws.elasticache.ParameterGroup:
        settings = self._args.settings
        return aws.elasticache.ParameterGroup(
            self._name,
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
