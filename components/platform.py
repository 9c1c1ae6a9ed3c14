"""What feeds what: the only file that knows all components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.data.broker import Broker, BrokerArgs
from components.data.cache import Cache, CacheArgs
from components.data.database import Database, DatabaseArgs
from components.edge.edge import Edge, EdgeArgs
from components.monitoring.monitoring import Monitoring, MonitoringArgs
from components.monitoring.services import GRAFANA_UNCACHED
from components.network.network import Network
from components.service.cluster import Cluster
from components.service.image import ImageArgs, ServiceImage, digests_of
from components.service.log_router import LogRouter
from components.service.secret_refresh import SecretRefresh
from components.service.service import Additions, Service, ServiceArgs
from components.shared.alarms import Alarms
from components.shared.context import Context
from components.shared.encryption import Encryption
from components.shared.providers import aws_provider
from components.shared.queue_metric import QueueMetric
from components.shared.secrets import SecretHandle, Secrets, refuse_placeholders
from settings.monitoring.images import EXPORTERS_IMAGE, LOG_ROUTER_IMAGE, LOKI
from settings.monitoring.monitoring import grafana_host
from settings.naming import Names
from settings.service import routing
from settings.service.service import ServiceSettings
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
        context = Context(
            names=Names(pulumi.get_project(), settings.environment),
            region=settings.region,
            account=settings.account,
            partition=settings.partition,
            is_production=settings.is_production,
            permissions_boundary=settings.permissions_boundary,
        )
        provider = aws_provider(context)
        super().__init__(
            "plataforma:platform:Platform", name, None, pulumi.ResourceOptions(providers=[provider])
        )
        self._settings, self._context = settings, context
        self._below = pulumi.ResourceOptions(parent=self)
        self._key_arn = Encryption("encryption", context, self._below).key_arn
        self._alarms = Alarms("alarms", context, settings.alarms, self._key_arn, self._below)
        self._network = Network("network", context, settings.network, self._key_arn, self._below)
        secrets = Secrets("secrets", context, settings.secrets, self._key_arn, self._below)
        self._secrets = secrets.handles
        self._database = self._make_database()
        self._cache = self._make_cache()
        self._broker = self._make_broker()
        self._cluster = Cluster(
            "cluster",
            context,
            settings.cluster,
            self._network.vpc_id,
            self._key_arn,
            self._below,
        )
        self._edge = self._make_edge()
        images = settings.images
        self._promoted = digests_of(images.promote) if images.promote else None
        self._images: dict[str, pulumi.Output[str]] = {}
        self._services = self._make_services()
        self._monitoring = self._make_monitoring()
        self._refresh_secrets()
        self.outputs = self._outputs()
        self.register_outputs({})

    def _inline(self, name: str) -> tuple[pulumi.Output[str], SecretHandle]:
        """A value of the stack file that a managed service is created with."""
        value = self._settings.secrets[name].value
        assert value is not None
        return value.as_output(), self._secrets[name]

    def _make_database(self) -> Database:
        settings = self._settings.database
        managed = settings.password == "managed"  # noqa: S105
        args = DatabaseArgs(
            settings=settings,
            network=self._network,
            key_arn=self._key_arn,
            alarms=self._alarms,
            password=None if managed else self._inline(settings.password),
        )
        return Database("database", self._context, args, self._below)

    def _make_cache(self) -> Cache:
        args = CacheArgs(
            settings=self._settings.cache,
            network=self._network,
            key_arn=self._key_arn,
            alarms=self._alarms,
            password=self._inline(self._settings.cache.password),
        )
        return Cache("cache", self._context, args, self._below)

    def _make_broker(self) -> Broker:
        settings = self._settings.broker
        rabbitmq = settings.kind == "rabbitmq"
        args = BrokerArgs(
            settings=settings,
            network=self._network,
            key_arn=self._key_arn,
            alarms=self._alarms,
            password=self._inline(settings.password) if rabbitmq else None,
        )
        return Broker("broker", self._context, args, self._below)

    def _make_edge(self) -> Edge:
        services = self._settings.services.values()
        args = EdgeArgs(
            settings=self._settings.edge,
            network=self._network,
            host_names=host_names(self._settings),
            zone_id=self._settings.zone,
            uncached_paths=uncached_paths(self._settings),
            test_listener=any(service.rollout.strategy != "rolling" for service in services),
            key_arn=self._key_arn,
            alarms=self._alarms,
        )
        return Edge("edge", self._context, args, self._below)

    def _make_services(self) -> dict[str, Service]:
        """The first service that names an image owns its build; the others run the same digest."""
        services: dict[str, Service] = {}
        for name, settings in self._settings.services.items():
            services[name] = self._make_service(name, settings, Additions(), self._below)
        return services

    def _make_service(
        self,
        name: str,
        settings: ServiceSettings,
        additions: Additions,
        opts: pulumi.ResourceOptions,
    ) -> Service:
        made = self._images.get(settings.image)
        image = made or self._image_args(settings.image, settings.architecture)
        args = self._service_args(settings, image, additions)
        service = Service(name, self._context, args, opts)
        self._images.setdefault(settings.image, service.image)
        return service

    def _image_args(self, image: str, architecture: str) -> ImageArgs:
        return ImageArgs(
            image=image,
            architecture=architecture,
            tag=self._settings.environment,
            settings=self._settings.images,
            promoted=self._promoted,
        )

    def _sidecar_image(self, image: str, architecture: str) -> pulumi.Output[str]:
        """An image that no service owns."""
        if image not in self._images:
            args = self._image_args(image, architecture)
            self._images[image] = ServiceImage(image, args, self._below).reference
        return self._images[image]

    def _log_router(self, settings: ServiceSettings) -> LogRouter | None:
        if settings.log_driver != "awsfirelens":
            return None
        image = self._sidecar_image(LOG_ROUTER_IMAGE, settings.architecture)
        return LogRouter(image, f"{LOKI}.{self._cluster.namespace_name}")

    def _make_monitoring(self) -> Monitoring | None:
        settings = self._settings.monitoring
        if settings.mode == "off":
            return None
        args = MonitoringArgs(
            settings=settings,
            domain=self._settings.domain,
            make_service=self._make_service,
            services=self._services,
            watched=self._settings.services,
            exporters=self._sidecar_image(EXPORTERS_IMAGE, "arm64"),
            cluster=self._cluster,
            database=self._database,
            cache=self._cache,
            alarms=self._alarms,
            secrets=self._secrets,
            key_arn=self._key_arn,
            has_running_counts=self._settings.cluster.container_insights != "disabled",
        )
        return Monitoring("monitoring", self._context, args, self._below)

    @property
    def _all_services(self) -> dict[str, Service]:
        return self._services | (self._monitoring.services if self._monitoring else {})

    def _refresh_secrets(self) -> None:
        """CodeDeploy's services are left out: ECS lets only CodeDeploy deploy them."""
        watched: dict[str, list[SecretHandle]] = {}
        for name, service in self._all_services.items():
            outside = [secret for secret in service.all_secrets if secret.outside]
            if outside and not service.is_code_deploys:
                watched[name] = outside
        if watched:
            SecretRefresh("secret-refresh", self._context, watched, self._below)

    def _service_args(
        self,
        settings: ServiceSettings,
        image: ImageArgs | pulumi.Output[str],
        additions: Additions,
    ) -> ServiceArgs:
        pull_secret = self._settings.images.pull_secret
        return ServiceArgs(
            settings=settings,
            image=image,
            cluster=self._cluster,
            network=self._network,
            edge=self._edge,
            database=self._database,
            cache=self._cache,
            broker=self._broker,
            alarms=self._alarms,
            secrets=self._secrets,
            key_arn=self._key_arn,
            pull_secret=self._secrets[pull_secret] if pull_secret else None,
            queue_metric=self._queue_metric(settings),
            log_router=self._log_router(settings),
            additions=additions,
        )

    def _queue_metric(self, settings: ServiceSettings) -> QueueMetric | None:
        queue = settings.scaling.queue
        if queue is None:
            return None
        if queue.name in self._settings.broker.queues:
            return self._broker.metric(queue.name)
        return self._cache.metric(queue.name)

    def _outputs(self) -> dict[str, Any]:
        migrations = self._settings.migrations
        service = self._services[migrations.service]
        task = service.task_definition("migrations", "migrations", migrations.command)
        return {
            "urls": [f"https://{host}" for host in host_names(self._settings)],
            "cluster": self._cluster.name,
            "services": {name: service.summary for name, service in self._all_services.items()},
            "imageDigests": {
                name: image.apply(_digest)
                for name, image in self._images.items()
                if "@" not in name
            },
            "monitoring": self._monitoring.summary if self._monitoring else {},
            "migrations": {
                "taskDefinition": task.arn,
                "cluster": self._cluster.name,
                "subnets": self._network.task_subnet_ids,
                "securityGroups": [service.security_group_id],
                "assignPublicIp": "ENABLED" if self._network.assign_public_ip else "DISABLED",
                "command": list(migrations.command),
            },
            "alarmTopic": self._alarms.topic_arn,
        }


def host_names(settings: Settings) -> list[str]:
    """The domain, then the hosts of the services' routes that a record can be made for."""
    hosts = {
        host
        for service in settings.services.values()
        if service.route
        for host in service.route.hosts
        if "*" not in host and "?" not in host
    }
    if settings.monitoring.mode == "self-hosted":
        hosts.add(grafana_host(settings.monitoring, settings.domain))
    return [settings.domain, *sorted(hosts - {settings.domain})]


def uncached_paths(settings: Settings) -> list[str]:
    """Paths of the services' routes but for the catch-all, which serves cacheable files, and those
    that Grafana is written to by."""
    paths = {
        path
        for service in settings.services.values()
        if service.route
        for path in service.route.paths
        if path != routing.ANY_PATH
    }
    if settings.monitoring.mode == "self-hosted":
        paths |= set(GRAFANA_UNCACHED)
    return sorted(paths, key=lambda path: (-len(path), path))


def _digest(reference: str) -> str:
    return reference.rpartition("@")[2]
