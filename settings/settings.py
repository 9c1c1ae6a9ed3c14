"""The whole stack config as one typed model.

Keys are camelCase in the file and snake_case here. A field's description is what an editor shows,
what the config reference prints and what an error names as allowed.
"""

from __future__ import annotations

from pydantic import Field

from settings.alarms import AlarmSettings
from settings.monitoring.monitoring import MonitoringSettings
from settings.network.edge import EdgeSettings
from settings.network.network import NetworkSettings
from settings.partition import partition_of
from settings.secrets import Secret
from settings.section import Name, Section, VariableName
from settings.service.cluster import ClusterSettings
from settings.service.images import ImageSettings
from settings.service.migrations import MigrationSettings
from settings.service.service import ServiceSettings
from settings.stores.broker import BrokerSettings
from settings.stores.cache import CacheSettings
from settings.stores.database import DatabaseSettings
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
    domain: str = Field(
        pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$",
        description="Host name that users open, e.g. app.example.com.",
    )
    zone: str = Field(
        pattern=r"^Z[A-Z0-9]{5,31}$", description="Id of the Route 53 hosted zone of the domain."
    )
    permissions_boundary: str | None = Field(
        default=None,
        pattern=r"^[\w+=,.@-]{1,128}$",
        description="Name of the IAM policy that bounds the stack's roles: plataforma-boundary, "
        "which bootstrap/ makes. Its deploy roles make no role without it.",
    )
    network: NetworkSettings = Field(default=NetworkSettings(), description="VPC.")
    database: DatabaseSettings = Field(
        default=DatabaseSettings(), description="RDS for PostgreSQL."
    )
    cache: CacheSettings = Field(default=CacheSettings(), description="ElastiCache.")
    broker: BrokerSettings = Field(default=BrokerSettings(), description="Amazon MQ or SQS.")
    edge: EdgeSettings = Field(
        default=EdgeSettings(), description="Load balancer, TLS, WAF, CloudFront."
    )
    images: ImageSettings = Field(description="Where images come from.")
    cluster: ClusterSettings = Field(default=ClusterSettings(), description="The ECS cluster.")
    alarms: AlarmSettings = Field(default=AlarmSettings(), description="Who is notified.")
    monitoring: MonitoringSettings = Field(
        default=MonitoringSettings(), description="Prometheus, Alertmanager, Grafana, Loki."
    )
    migrations: MigrationSettings = Field(
        default=MigrationSettings(), description="The migration task."
    )
    usage: UsageSettings = Field(
        default=UsageSettings(), description="What the price of a preview assumes of a month."
    )
    secrets: dict[VariableName, Secret] = Field(
        default_factory=dict[str, Secret], description="Secrets by the variable name they get."
    )
    services: dict[Name, ServiceSettings] = Field(min_length=1, description="Services by name.")

    @property
    def is_production(self) -> bool:
        return self.environment == "prod"

    @property
    def partition(self) -> str:
        """The AWS partition of the region, as ARNs name it."""
        return partition_of(self.region) or "aws"
