"""The platform of one stack: the only file that knows all components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.data.broker import Broker, BrokerArgs
from components.data.cache import Cache, CacheArgs
from components.data.database import Database, DatabaseArgs
from components.edge.edge import Edge, EdgeArgs
from components.monitoring import grafana
from components.monitoring.log_router import log_router
from components.monitoring.monitoring import Monitoring, MonitoringArgs
from components.network.network import Network, NetworkArgs
from components.network.security_groups import allow
from components.service.cluster import Cluster, ClusterArgs
from components.service.infrastructure import Infrastructure
from components.service.secret_refresh import SecretRefresh
from components.service.service import Service, ServiceArgs
from components.service.task.image import Images
from components.shared.alarms import Alarms, AlarmsArgs
from components.shared.context import Context
from components.shared.encryption import Encryption
from components.shared.link import Link
from components.shared.providers import aws_provider
from components.shared.queue_metric import QueueMetric
from components.shared.secret_handle import SecretHandle
from components.shared.secrets import Secrets, SecretsArgs, refuse_placeholders
from settings.monitoring.images import EXPORTERS_IMAGE, LOG_ROUTER_IMAGE
from settings.monitoring.monitoring import grafana_host
from settings.naming import Names
from settings.service import routing
from settings.service.route import Route
from settings.service.service import ServiceSettings, internal_url_variable
from settings.settings import Settings


class Platform(pulumi.ComponentResource):
    """The whole platform of one stack.

    Makes: Encryption, Alarms, Network, Secrets, Database, Cache, Broker, Cluster, Edge, a Service
    for each entry of plataforma:services, Monitoring, SecretRefresh, the task definition of the
    migrations.
    """

    outputs: Mapping[str, Any]
    """The stack's outputs: addresses and names, nothing secret."""

    def __init__(self, name: str, settings: Settings) -> None:
        refuse_placeholders(settings.secrets)
        context = _context(settings)
        opts = pulumi.ResourceOptions(providers=[aws_provider(context)])
        super().__init__("plataforma:platform:Platform", name, None, opts)
        self._settings, self._context = settings, context
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self._key_arn = Encryption("encryption", context, self._child_opts).key_arn
        self._alarms = Alarms(
            "alarms", context, AlarmsArgs(settings.alarms, self._key_arn), self._child_opts
        )
        self._network = Network(
            "network", context, NetworkArgs(settings.network, self._key_arn), self._child_opts
        )
        self._secrets = Secrets(
            "secrets", context, SecretsArgs(settings.secrets, self._key_arn), self._child_opts
        )
        self._database = self._make_database()
        self._cache = self._make_cache()
        self._broker = self._make_broker()
        self._infrastructure = self._make_infrastructure()
        self._services = {
            service: self._make_service(service, service_settings)
            for service, service_settings in settings.services.items()
        }
        self._allow_internal_connections()
        self._monitoring = self._make_monitoring()
        self._refresh_secrets()
        self.outputs = self._outputs()
        self.register_outputs({})

    # Stores

    def _make_database(self) -> Database:
        settings = self._settings.database
        is_managed = settings.password == "managed"  # noqa: S105
        args = DatabaseArgs(
            settings=settings,
            network=self._network,
            key_arn=self._key_arn,
            alarms=self._alarms,
            password=None if is_managed else self._secrets.password(settings.password),
        )
        return Database("database", self._context, args, self._child_opts)

    def _make_cache(self) -> Cache:
        args = CacheArgs(
            settings=self._settings.cache,
            network=self._network,
            key_arn=self._key_arn,
            alarms=self._alarms,
            password=self._secrets.password(self._settings.cache.password),
        )
        return Cache("cache", self._context, args, self._child_opts)

    def _make_broker(self) -> Broker:
        settings = self._settings.broker
        has_password = settings.kind == "rabbitmq"
        args = BrokerArgs(
            settings=settings,
            network=self._network,
            key_arn=self._key_arn,
            alarms=self._alarms,
            password=self._secrets.password(settings.password) if has_password else None,
        )
        return Broker("broker", self._context, args, self._child_opts)

    def _links(self, name: str, service: ServiceSettings) -> list[Link]:
        """The links that a service's settings ask for, and those of services that it may reach."""
        links = [self._secrets.link(service.secrets), self._internal_addresses(name)]
        if service.database:
            links.append(self._database.link())
        if service.cache:
            links.append(self._cache.link())
        if service.publishes or service.consumes:
            links.append(self._broker.link(service.publishes, service.consumes))
        if service.log_driver == "awsfirelens":
            cluster, images = self._infrastructure.cluster, self._infrastructure.images
            image = images.of_sidecar(LOG_ROUTER_IMAGE, service.architecture)
            links.append(log_router(image, cluster.namespace_name))
        return links

    # Services

    def _make_infrastructure(self) -> Infrastructure:
        settings = self._settings
        cluster_args = ClusterArgs(settings.cluster, self._network.vpc_id, self._key_arn)
        pull_secret = settings.images.pull_secret
        return Infrastructure(
            cluster=Cluster("cluster", self._context, cluster_args, self._child_opts),
            network=self._network,
            edge=self._make_edge(),
            images=Images(settings.images, settings.environment, self._child_opts),
            alarms=self._alarms,
            key_arn=self._key_arn,
            registry=settings.images.registry,
            pull_secret=self._secrets.handles[pull_secret] if pull_secret else None,
        )

    def _make_edge(self) -> Edge:
        services = self._settings.services.values()
        args = EdgeArgs(
            settings=self._settings.edge,
            network=self._network,
            host_names=host_names(self._settings),
            zone_id=self._settings.zone,
            uncached_paths=uncached_paths(self._settings),
            large_body_routes=large_body_routes(self._settings),
            test_listener=any(service.rollout.strategy != "rolling" for service in services),
            key_arn=self._key_arn,
            alarms=self._alarms,
        )
        return Edge("edge", self._context, args, self._child_opts)

    def _make_service(self, name: str, settings: ServiceSettings) -> Service:
        args = ServiceArgs(
            settings=settings,
            infrastructure=self._infrastructure,
            links=self._links(name, settings),
            queue_metric=self._queue_metric(settings),
        )
        return Service(name, self._context, args, self._child_opts)

    def _internal_addresses(self, client: str) -> Link:
        """The addresses of the services that `client` may reach, as <NAME>_URL."""
        namespace = self._infrastructure.cluster.namespace_name
        return Link(
            "reachableBy",
            environment={
                internal_url_variable(name): f"http://{name}.{namespace}:{service.port}"
                for name, service in self._settings.services.items()
                if client in service.reachable_by
            },
        )

    def _allow_internal_connections(self) -> None:
        for name, service in self._services.items():
            port = service.settings.port
            if port is None:
                continue
            for client in service.settings.reachable_by:
                allow(
                    f"{client}-to-{name}-{port}",
                    source=self._services[client].security_group_id,
                    target=service.security_group_id,
                    port=port,
                    parent=service,
                )

    def _queue_metric(self, settings: ServiceSettings) -> QueueMetric | None:
        queue = settings.scaling.queue
        if queue is None:
            return None
        if queue.name in self._settings.broker.queues:
            return self._broker.metric(queue.name)
        return self._cache.metric(queue.name)

    def _make_monitoring(self) -> Monitoring | None:
        if self._settings.monitoring.mode == "off":
            return None
        settings, images = self._settings.monitoring, self._infrastructure.images
        args = MonitoringArgs(
            settings=settings,
            domain=self._settings.domain,
            infrastructure=self._infrastructure,
            services=self._services,
            database=self._database.link(),
            cache=self._cache.link(),
            secrets=self._secrets.handles,
            exporters_image=images.of_sidecar(EXPORTERS_IMAGE, settings.architecture),
            has_task_counts=self._settings.cluster.container_insights != "disabled",
        )
        return Monitoring("monitoring", self._context, args, self._child_opts)

    @property
    def _all_services(self) -> dict[str, Service]:
        return self._services | (self._monitoring.services if self._monitoring else {})

    def _refresh_secrets(self) -> None:
        """Services that only CodeDeploy may deploy are left out."""
        secrets_by_service: dict[str, list[SecretHandle]] = {}
        for name, service in self._all_services.items():
            external = [secret for secret in service.secrets if secret.is_external]
            if external and not service.is_deployed_by_code_deploy:
                secrets_by_service[name] = external
        if secrets_by_service:
            SecretRefresh("secret-refresh", self._context, secrets_by_service, self._child_opts)

    # Outputs

    def _outputs(self) -> dict[str, Any]:
        cluster = self._infrastructure.cluster
        return {
            "urls": [f"https://{host}" for host in host_names(self._settings)],
            "cluster": cluster.name,
            "services": {name: service.summary for name, service in self._all_services.items()},
            "imageDigests": self._infrastructure.images.digests(),
            "monitoring": self._monitoring.summary if self._monitoring else {},
            "migrations": self._migrations(cluster),
            "alarmTopic": self._alarms.topic_arn,
            "usage": self._settings.usage.model_dump(by_alias=True),
        }

    def _migrations(self, cluster: Cluster) -> dict[str, Any]:
        """What a pipeline needs to run the migrations as a one-off task."""
        migrations = self._settings.migrations
        service = self._services[migrations.service]
        return {
            "taskDefinition": service.one_off_task("migrations", migrations.command).arn,
            "cluster": cluster.name,
            "subnets": self._network.task_subnet_ids,
            "securityGroups": [service.security_group_id],
            "assignPublicIp": "ENABLED" if self._network.assign_public_ip else "DISABLED",
            "command": list(migrations.command),
        }


def host_names(settings: Settings) -> list[str]:
    """The domain, then the hosts of routes: each gets DNS records and is in the certificate."""
    hosts = {
        host
        for service in settings.services.values()
        if service.route
        for host in service.route.hosts
        if routing.has_dns_name(host)
    }
    if settings.monitoring.mode == "self-hosted":
        hosts.add(grafana_host(settings.monitoring, settings.domain))
    return [settings.domain, *sorted(hosts - {settings.domain})]


def uncached_paths(settings: Settings) -> list[str]:
    """The path patterns of routes and of Grafana, without the catch-all, which may be cached."""
    paths = {
        path
        for service in settings.services.values()
        if service.route
        for path in service.route.paths
        if path != routing.ANY_PATH
    }
    if settings.monitoring.mode == "self-hosted":
        paths |= set(grafana.UNCACHED_PATHS)
    return sorted(paths, key=lambda path: (-len(path), path))


def large_body_routes(settings: Settings) -> list[Route]:
    """The routes of services and of Grafana that take bodies over 8 KiB."""
    routes = [service.route for service in settings.services.values() if service.route]
    if settings.monitoring.mode == "self-hosted":
        routes.append(grafana.route(grafana_host(settings.monitoring, settings.domain)))
    return [route for route in routes if route.large_bodies]


def _context(settings: Settings) -> Context:
    return Context(
        names=Names(pulumi.get_project(), settings.environment),
        region=settings.region,
        account=settings.account,
        partition=settings.partition,
        is_production=settings.is_production,
        permissions_boundary=settings.permissions_boundary,
    )
