"""The platform of one stack: the only file that knows all components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.data.broker import Broker, BrokerArgs
from components.data.bucket import Bucket, BucketArgs
from components.data.cache import Cache, CacheArgs
from components.data.database import Database, DatabaseArgs
from components.data.volume import FileSystem, VolumeArgs
from components.edge.edge import Edge, EdgeArgs, Hosts
from components.edge.smoke_tests import smoke_tests
from components.monitoring import grafana
from components.monitoring.log_router import log_router
from components.monitoring.monitoring import Monitoring, MonitoringArgs
from components.network.network import Network, NetworkArgs
from components.network.security_groups import allow
from components.service.cluster import Cluster, ClusterArgs
from components.service.infrastructure import Infrastructure
from components.service.job.jobs import Jobs, JobsArgs
from components.service.links import permissions_link, sidecars_link
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
from settings.service.migrations import MigrationSettings
from settings.service.route import Route
from settings.service.service import ServiceSettings, internal_url_variable
from settings.settings import Settings
from settings.stores.broker import BrokerSettings
from settings.stores.buckets import BucketSettings
from settings.stores.cache import CacheSettings
from settings.stores.database import DatabaseSettings
from settings.stores.volumes import VolumeSettings


class Platform(pulumi.ComponentResource):
    """The whole platform of one stack.

    Makes: Encryption, Alarms, Network, Secrets, a Bucket for each entry of plataforma:buckets, a
    FileSystem for each of plataforma:volumes, Cluster, Images, a Service for each of
    plataforma:services, SecretRefresh; Edge where something has a route; Jobs where there is one;
    and where the stack file has the section Database, Cache, Broker, Monitoring, the task
    definition of the migrations.
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
        self._database = self._make_database(settings.database)
        self._cache = self._make_cache(settings.cache)
        self._broker = self._make_broker(settings.broker)
        self._buckets = {
            name: self._make_bucket(name, bucket) for name, bucket in settings.buckets.items()
        }
        self._volumes = {
            name: self._make_volume(name, volume) for name, volume in settings.volumes.items()
        }
        self._infrastructure = self._make_infrastructure()
        self._services = {
            service: self._make_service(service, service_settings)
            for service, service_settings in settings.services.items()
        }
        self._allow_internal_connections()
        self._jobs = self._make_jobs()
        self._monitoring = self._make_monitoring()
        self._refresh_secrets()
        self.outputs = self._outputs()
        self.register_outputs({})

    # Stores

    def _make_database(self, settings: DatabaseSettings | None) -> Database | None:
        if settings is None:
            return None
        is_managed = settings.password == "managed"  # noqa: S105
        args = DatabaseArgs(
            settings=settings,
            network=self._network,
            key_arn=self._key_arn,
            alarms=self._alarms,
            password=None if is_managed else self._secrets.password(settings.password),
        )
        return Database("database", self._context, args, self._child_opts)

    def _make_cache(self, settings: CacheSettings | None) -> Cache | None:
        if settings is None:
            return None
        args = CacheArgs(
            settings=settings,
            network=self._network,
            key_arn=self._key_arn,
            alarms=self._alarms,
            password=self._secrets.password(settings.password),
        )
        return Cache("cache", self._context, args, self._child_opts)

    def _make_broker(self, settings: BrokerSettings | None) -> Broker | None:
        if settings is None:
            return None
        has_password = settings.kind == "rabbitmq"
        args = BrokerArgs(
            settings=settings,
            network=self._network,
            key_arn=self._key_arn,
            alarms=self._alarms,
            password=self._secrets.password(settings.password) if has_password else None,
        )
        return Broker("broker", self._context, args, self._child_opts)

    def _make_bucket(self, name: str, settings: BucketSettings) -> Bucket:
        args = BucketArgs(name, settings, self._key_arn)
        return Bucket(f"bucket-{name}", self._context, args, self._child_opts)

    def _make_volume(self, name: str, settings: VolumeSettings) -> FileSystem:
        args = VolumeArgs(name, settings, self._network, self._key_arn)
        return FileSystem(f"volume-{name}", self._context, args, self._child_opts)

    def _links(self, name: str, service: ServiceSettings) -> list[Link]:
        """The links that a service's settings ask for, and those of services that it may reach."""
        links = [self._secrets.link(service.secrets), self._internal_addresses(name)]
        if service.database and self._database:
            links.append(self._database.link())
        if service.cache and self._cache:
            links.append(self._cache.link())
        if (service.publishes or service.consumes) and self._broker:
            links.append(self._broker.link(service.publishes, service.consumes))
        links += [self._buckets[name].link(access) for name, access in service.buckets.items()]
        links += [self._volumes[v].link(name, path) for v, path in service.volumes.items()]
        links.append(permissions_link(service.permissions))
        links.append(sidecars_link(service.sidecars, self._secrets.handles))
        if service.log_driver == "awsfirelens":
            cluster, images = self._infrastructure.cluster, self._infrastructure.images
            image = images.reference(LOG_ROUTER_IMAGE, service.architecture)
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
            edge=self._make_edge() if settings.has_edge else None,
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
            hosts=hosts(self._settings),
            behind_cdn=self._settings.behind_cdn,
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

    def _make_jobs(self) -> Jobs | None:
        if not self._settings.jobs:
            return None
        args = JobsArgs(self._settings.jobs, self._services, self._alarms, self._key_arn)
        return Jobs("jobs", self._context, args, self._child_opts)

    def _queue_metric(self, settings: ServiceSettings) -> QueueMetric | None:
        queue = settings.scaling.queue
        if queue is None:
            return None
        broker = self._settings.broker
        if self._broker and broker and queue.name in broker.queues:
            return self._broker.metric(queue.name)
        return self._cache.metric(queue.name) if self._cache else None

    def _make_monitoring(self) -> Monitoring | None:
        if self._settings.monitoring.mode == "off":
            return None
        settings, images = self._settings.monitoring, self._infrastructure.images
        args = MonitoringArgs(
            settings=settings,
            grafana_host=grafana_host(settings, self._settings.domain),
            infrastructure=self._infrastructure,
            services=self._services,
            database=self._database.link() if self._database else None,
            cache=self._cache.link() if self._cache else None,
            secrets=self._secrets.handles,
            exporters_image=images.reference(EXPORTERS_IMAGE, settings.architecture),
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
        cluster, edge = self._infrastructure.cluster, self._infrastructure.edge
        migrations = self._settings.migrations
        return {
            "urls": [pulumi.Output.concat("https://", name) for name in self._public_names()],
            "smokeTests": smoke_tests(self._settings, edge.host) if edge else {},
            "cluster": cluster.name,
            "services": {name: service.summary for name, service in self._all_services.items()},
            "imageDigests": self._infrastructure.images.digests(),
            "monitoring": self._monitoring.summary if self._monitoring else {},
            "jobs": self._jobs.summaries if self._jobs else {},
            "alarmTopic": self._alarms.topic_arn,
            "usage": self._settings.usage.model_dump(by_alias=True),
            **({"migrations": self._migrations(migrations)} if migrations else {}),
        }

    def _public_names(self) -> Sequence[pulumi.Input[str]]:
        edge = self._infrastructure.edge
        if edge is None:
            return []
        named = hosts(self._settings)
        if named is None:
            return [edge.host]
        return [name for name in named.names if name not in self._settings.edge.redirects]

    def _migrations(self, migrations: MigrationSettings) -> dict[str, Any]:
        """What a pipeline needs to run the migrations as a one-off task."""
        service = self._services[migrations.service]
        return {
            **service.one_off_network,
            "taskDefinition": service.one_off_task("migrations", migrations.command).arn,
            "command": list(migrations.command),
        }


def hosts(settings: Settings) -> Hosts | None:
    """The domain, then the hosts of routes and redirects: each gets DNS records and is in the
    certificate."""
    if settings.domain is None or settings.zone is None:
        return None
    others = set(settings.edge.redirects) | {
        host
        for service in settings.services.values()
        if service.route
        for host in service.route.hosts
        if routing.has_dns_name(host)
    }
    if host := grafana_host(settings.monitoring, settings.domain):
        others.add(host)
    names = [settings.domain, *sorted(others - {settings.domain})]
    return Hosts(names, settings.zone, settings.zones)


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
    if host := grafana_host(settings.monitoring, settings.domain):
        routes.append(grafana.route(host))
    return [route for route in routes if route.large_bodies]


def _context(settings: Settings) -> Context:
    return Context(
        names=Names(pulumi.get_project(), settings.environment),
        region=settings.region,
        account=settings.account,
        partition=settings.partition,
        is_production=settings.is_production,
        permissions_boundary=settings.permissions_boundary,
        tags=settings.tags,
    )
