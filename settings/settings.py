"""The whole stack config as one typed model.

Keys are camelCase in the file and snake_case here. A field's description is what an editor shows,
what the config reference prints and what an error names as allowed.
"""

from __future__ import annotations

from pydantic import Field

from settings.alarms import AlarmSettings
from settings.monitoring.monitoring import MonitoringSettings
from settings.network.edge import EdgeSettings, uses_cdn
from settings.network.network import NetworkSettings
from settings.partition import partition_of
from settings.secrets import Secret
from settings.section import (
    HostName,
    Name,
    Section,
    TagName,
    TagValue,
    VariableName,
    ZoneId,
)
from settings.service.cluster import ClusterSettings
from settings.service.images import ImageSettings
from settings.service.jobs import JobSettings
from settings.service.migrations import MigrationSettings
from settings.service.service import ServiceSettings
from settings.stores.broker import BrokerSettings
from settings.stores.buckets import BucketSettings
from settings.stores.cache import CacheSettings
from settings.stores.database import DatabaseSettings
from settings.stores.volumes import VolumeSettings
from settings.usage.usage import UsageSettings


class Settings(Section):
    """A whole stack's config, checked."""

    environment: str = Field(
        pattern=r"^[a-z][a-z0-9]{1,9}$",
        description="Short name, e.g. staging or prod: 2 to 10 lower-case letters and digits.",
    )
    region: str = Field(
        pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="AWS region, e.g. eu-west-1."
    )
    account: str = Field(
        pattern=r"^\d{12}$", description="The one AWS account allowed: 12 digits in quotes."
    )
    domain: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$",
        description="Host name that users open, e.g. app.example.com; without it they open "
        "CloudFront's own, https://d111111abcdef8.cloudfront.net.",
    )
    zone: str | None = Field(
        default=None,
        pattern=r"^Z[A-Z0-9]{5,31}$",
        description="Id of the Route 53 hosted zone of the domain.",
    )
    zones: dict[HostName, ZoneId] = Field(
        default_factory=dict[str, str],
        description="Further hosted zones by their name, of hosts that are not in the domain's, "
        "e.g. {example.org: Z0123456789EXAMPLE}; add both to the environment in bootstrap/.",
    )
    permissions_boundary: str | None = Field(
        default=None,
        pattern=r"^[\w+=,.@-]{1,128}$",
        description="Name of the IAM policy that bounds the stack's roles: plataforma-boundary- "
        "and the environment, which bootstrap/ makes. Its deploy role makes no role without it.",
    )
    tags: dict[TagName, TagValue] = Field(
        default_factory=dict[str, str],
        max_length=40,
        description="Tags of every resource, besides Environment, ManagedBy and Project: 40 at "
        "most, e.g. {CostCenter: shop}.",
    )
    network: NetworkSettings = Field(default=NetworkSettings(), description="VPC.")
    database: DatabaseSettings | None = Field(default=None, description="RDS for PostgreSQL.")
    cache: CacheSettings | None = Field(default=None, description="ElastiCache.")
    broker: BrokerSettings | None = Field(default=None, description="Amazon MQ or SQS.")
    buckets: dict[Name, BucketSettings] = Field(
        default_factory=dict[str, BucketSettings], description="S3 buckets by name."
    )
    volumes: dict[Name, VolumeSettings] = Field(
        default_factory=dict[str, VolumeSettings], description="EFS file systems by name."
    )
    edge: EdgeSettings = Field(
        default=EdgeSettings(),
        description="Load balancer, TLS, WAF, CloudFront; made where something has a route.",
    )
    images: ImageSettings = Field(description="Where images come from.")
    cluster: ClusterSettings = Field(default=ClusterSettings(), description="The ECS cluster.")
    alarms: AlarmSettings = Field(default=AlarmSettings(), description="Who is notified.")
    monitoring: MonitoringSettings = Field(
        default=MonitoringSettings(), description="Prometheus, Alertmanager, Grafana, Loki."
    )
    migrations: MigrationSettings | None = Field(default=None, description="The migration task.")
    usage: UsageSettings = Field(
        default=UsageSettings(), description="What the price of a preview assumes of a month."
    )
    secrets: dict[VariableName, Secret] = Field(
        default_factory=dict[str, Secret], description="Secrets by the variable name they get."
    )
    services: dict[Name, ServiceSettings] = Field(min_length=1, description="Services by name.")
    jobs: dict[Name, JobSettings] = Field(
        default_factory=dict[str, JobSettings], description="Jobs by name."
    )

    @property
    def is_production(self) -> bool:
        return self.environment == "prod"

    @property
    def behind_cdn(self) -> bool:
        return uses_cdn(self.edge, self.domain)

    @property
    def has_edge(self) -> bool:
        """Whether the load balancer has anything to send requests to."""
        routed = any(service.route for service in self.services.values())
        return routed or self.monitoring.mode == "self-hosted"

    @property
    def partition(self) -> str:
        """The AWS partition of the region, as ARNs name it."""
        return partition_of(self.region) or "aws"
