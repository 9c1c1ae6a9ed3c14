"""Prometheus, Alertmanager, Grafana and Loki as services of the stack, or as AWS manages them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.monitoring.alertmanager import AlertmanagerArgs, alertmanager, smtp_ports
from components.monitoring.connections import monitored_connections, self_hosted_connections
from components.monitoring.exporters import (
    blackbox_exporter,
    postgres_exporter,
    redis_exporter,
)
from components.monitoring.grafana import GrafanaArgs, grafana
from components.monitoring.loki import LokiArgs, loki
from components.monitoring.managed_grafana import ManagedGrafana, ManagedGrafanaArgs
from components.monitoring.managed_prometheus import ManagedPrometheus, ManagedPrometheusArgs
from components.monitoring.prometheus import PrometheusArgs, pages, prometheus
from components.monitoring.services import ServiceDefinition
from components.network.security_groups import allow, allow_out
from components.service.infrastructure import Infrastructure
from components.service.service import Service, ServiceArgs
from components.shared.alarms import AlarmSpec
from components.shared.bucket import PrivateBucket, PrivateBucketArgs
from components.shared.context import Context
from components.shared.link import Link, Sidecar
from components.shared.secret_handle import SecretHandle
from rendering.prometheus import rules_of
from settings.monitoring.alerting import AlertingSettings
from settings.monitoring.images import ALERTMANAGER, GRAFANA, LOKI, PROMETHEUS
from settings.monitoring.monitoring import MonitoringSettings
from settings.service.service import ServiceSettings


@dataclass(frozen=True)
class MonitoringArgs:
    """What is monitored, and what the monitoring runs on.

    `services` are scraped for metrics, `database` and `cache` through exporters where the stack has
    them; Grafana, at `grafana_host` where it is self-hosted, also keeps its own data in the
    database. `exporters_image` holds all exporters; `has_task_counts` says whether Container
    Insights counts running tasks.
    """

    settings: MonitoringSettings
    grafana_host: str | None
    infrastructure: Infrastructure
    services: Mapping[str, Service]
    database: Link | None
    cache: Link | None
    secrets: Mapping[str, SecretHandle]
    exporters_image: pulumi.Output[str]
    has_task_counts: bool


class Monitoring(pulumi.ComponentResource):
    """The monitoring of one stack.

    Makes, self-hosted: the services prometheus (with exporters for what the stack has of
    PostgreSQL, Redis and pages), alertmanager, loki (its logs in a PrivateBucket) and grafana, and
    with remote write to Amazon Managed Prometheus its workspace. Managed: ManagedPrometheus with
    rules, ManagedGrafana, and prometheus as an agent. Both: security group rules, and alarms for
    services that don't run.
    """

    services: dict[str, Service]
    summary: dict[str, Any]
    """Addresses for people: a stack output."""

    def __init__(
        self,
        name: str,
        context: Context,
        args: MonitoringArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:monitoring:Monitoring", name, None, opts)
        self._name, self._context, self._args = name, context, args
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self._is_managed = args.settings.mode == "managed"
        self._replicas = replicas(args.settings, context.is_production)
        self._namespace = args.infrastructure.cluster.namespace_name
        self._workspace = self._managed_prometheus()
        self.services = {}
        self._add_service(PROMETHEUS, self._prometheus())
        if self._is_managed:
            self.summary = {"grafana": self._managed_grafana().url}
        else:
            self._add_self_hosted_services()
            self.summary = {"grafana": f"https://{args.grafana_host}"}
        self._allow_connections()
        self._add_alarms()
        self.register_outputs({})

    @property
    def _alerting(self) -> AlertingSettings:
        assert self._args.settings.alerting is not None
        return self._args.settings.alerting

    @property
    def _monitored(self) -> dict[str, ServiceSettings]:
        return {name: service.settings for name, service in self._args.services.items()}

    @property
    def _rules(self) -> list[str]:
        """The rule files about what the stack has."""
        jobs = {name for name, service in self._monitored.items() if service.metrics_port}
        jobs |= {f"probe/{target}" for target in pages(self._monitored)}
        stores = {"postgres": self._args.database, "redis": self._args.cache}
        return rules_of(jobs | {job for job, link in stores.items() if link})

    def _add_service(self, name: str, definition: ServiceDefinition) -> Service:
        architecture = {"architecture": self._args.settings.architecture}
        args = ServiceArgs(
            settings=definition.settings.model_copy(update=architecture),
            infrastructure=self._args.infrastructure,
            links=definition.links,
            disk_gib=definition.disk_gib,
        )
        self.services[name] = Service(name, self._context, args, self._child_opts)
        return self.services[name]

    def _add_self_hosted_services(self) -> None:
        service = self._add_service(ALERTMANAGER, self._alertmanager())
        for port in smtp_ports(self._alerting):
            rule_name = f"{ALERTMANAGER}-smtp-{port}-out"
            allow_out(rule_name, service.security_group_id, port, parent=service)
        self._add_service(LOKI, self._loki())
        self._add_service(GRAFANA, self._grafana())

    def _managed_prometheus(self) -> ManagedPrometheus | None:
        write = self._args.settings.prometheus.remote_write
        if not self._is_managed and (write is None or write.to != "amp"):
            return None
        args = ManagedPrometheusArgs(
            key_arn=self._args.infrastructure.key_arn,
            topic_arn=self._args.infrastructure.alarms.topic_arn,
            alerting=self._alerting if self._is_managed else None,
            rules=self._rules,
        )
        return ManagedPrometheus(f"{self._name}-prometheus", self._context, args, self._child_opts)

    def _managed_grafana(self) -> ManagedGrafana:
        assert self._workspace is not None
        args = ManagedGrafanaArgs(self._workspace.read_statements)
        return ManagedGrafana(f"{self._name}-grafana", self._context, args, self._child_opts)

    def _prometheus(self) -> ServiceDefinition:
        edge, services = self._args.infrastructure.edge, self._monitored
        args = PrometheusArgs(
            settings=self._args.settings.prometheus,
            replicas=self._replicas,
            is_agent=self._is_managed,
            host=edge.host if edge else None,
            pages=pages(services),
            namespace=self._namespace,
            rules=self._rules,
            metrics_ports={n: one.metrics_port for n, one in services.items() if one.metrics_port},
            exporters=list(self._exporters(bool(pages(services)))),
            secrets=self._args.secrets,
            workspace=self._workspace,
        )
        return prometheus(self._context, args)

    def _exporters(self, has_pages: bool) -> Iterator[Sidecar]:
        image = self._args.exporters_image
        if self._args.database:
            yield postgres_exporter(image, self._args.database)
        if self._args.cache:
            yield redis_exporter(image, self._args.cache)
        if has_pages:
            yield blackbox_exporter(image)

    def _alertmanager(self) -> ServiceDefinition:
        args = AlertmanagerArgs(
            alerting=self._alerting,
            replicas=self._replicas,
            region=self._context.region,
            namespace=self._namespace,
            topic_arn=self._args.infrastructure.alarms.topic_arn,
            key_arn=self._args.infrastructure.key_arn,
            secrets=self._args.secrets,
        )
        return alertmanager(args)

    def _loki(self) -> ServiceDefinition:
        retention_days = self._args.settings.log_retention_days
        # Loki deletes old logs itself; S3 deletes later what Loki has lost track of.
        bucket_args = PrivateBucketArgs("logs", expiration_days=retention_days + 7)
        args = LokiArgs(
            bucket=PrivateBucket("logs", self._context, bucket_args, self._child_opts),
            retention_days=retention_days,
            replicas=self._replicas,
            region=self._context.region,
            namespace=self._namespace,
        )
        return loki(args)

    def _grafana(self) -> ServiceDefinition:
        assert self._args.grafana_host is not None
        args = GrafanaArgs(
            settings=self._args.settings.grafana,
            replicas=self._replicas,
            host=self._args.grafana_host,
            region=self._context.region,
            namespace=self._namespace,
            database=self._args.database,
            secrets=self._args.secrets,
            workspace=self._workspace,
        )
        return grafana(args)

    def _allow_connections(self) -> None:
        connections = list(monitored_connections(self._monitored))
        if not self._is_managed:
            connections += self_hosted_connections(self._replicas)
        for connection in connections:
            allow(
                connection.rule_name,
                source=self._security_group_id(connection.source),
                target=self._security_group_id(connection.target),
                port=connection.port,
                protocol=connection.protocol,
                parent=self,
            )
        stores = [store for store in (self._args.database, self._args.cache) if store]
        for endpoint in (endpoint for store in stores for endpoint in store.endpoints):
            allow(
                f"{PROMETHEUS}-to-{endpoint.name}",
                source=self._security_group_id(PROMETHEUS),
                target=endpoint.security_group_id,
                port=endpoint.port,
                parent=self,
            )

    def _security_group_id(self, service: str) -> pulumi.Output[str]:
        services = {**self._args.services, **self.services}
        return services[service].security_group_id

    def _add_alarms(self) -> None:
        """CloudWatch alarms for when Prometheus or Alertmanager can't raise an alert themselves."""
        if not self._args.has_task_counts:
            return
        infrastructure = self._args.infrastructure
        for name, service in self.services.items():
            dimensions = {
                "ClusterName": infrastructure.cluster.name,
                "ServiceName": service.service_name,
            }
            infrastructure.alarms.add(f"{name}-running", RUNNING, dimensions, self)


RUNNING = AlarmSpec(
    "running",
    "ECS/ContainerInsights",
    "RunningTaskCount",
    "<",
    1,
    minutes=5,
    statistic="Minimum",
    missing="breaching",
    meaning="no task runs: a part of the monitoring is blind or mute",
)


def replicas(settings: MonitoringSettings, is_production: bool) -> int:
    """Tasks of each service of the monitoring."""
    return settings.replicas or (2 if is_production else 1)
