"""What feeds what: the only file that knows all components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components import routing
from components.alarms import Alarms
from components.broker import Broker, BrokerArgs
from components.cache import Cache, CacheArgs
from components.cluster import Cluster
from components.context import Context
from components.database import Database, DatabaseArgs
from components.edge import Edge, EdgeArgs
from components.encryption import Encryption
from components.image import ImageArgs, digests_of
from components.naming import Names
from components.network import Network
from components.providers import aws_provider
from components.queue_metric import QueueMetric
from components.secret_refresh import SecretRefresh
from components.secrets import SecretHandle, Secrets, refuse_placeholders
from components.service import Service, ServiceArgs
from components.settings_models import Service as ServiceSettings
from components.settings_models import Settings


class Platform(pulumi.ComponentResource):
    """The whole platform of one stack.

    Makes: Encryption, Alarms, Network, Secrets, Database, Cache, Broker, Cluster, Edge, a Service
    for each entry of plataforma:services, SecretRefresh, the task definition of the migrations.
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
        self._services = self._make_services()
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
        images = self._settings.images
        promoted = digests_of(images.promote) if images.promote else None
        owners: dict[str, Service] = {}
        services: dict[str, Service] = {}
        for name, settings in self._settings.services.items():
            new = ImageArgs(
                image=settings.image,
                architecture=settings.architecture,
                tag=self._settings.environment,
                settings=images,
                promoted=promoted,
            )
            image = owners[settings.image].image if settings.image in owners else new
            services[name] = Service(
                name, self._context, self._service_args(settings, image), self._below
            )
            owners.setdefault(settings.image, services[name])
        return services

    def _refresh_secrets(self) -> None:
        """CodeDeploy's services are left out: ECS lets only CodeDeploy deploy them."""
        watched: dict[str, list[SecretHandle]] = {}
        for name, service in self._services.items():
            outside = [secret for secret in service.secrets.values() if secret.outside]
            if outside and self._settings.services[name].rollout.strategy != "codedeploy":
                watched[name] = outside
        if watched:
            SecretRefresh("secret-refresh", self._context, watched, self._below)

    def _service_args(
        self, settings: ServiceSettings, image: ImageArgs | pulumi.Output[str]
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
            "services": {name: service.summary for name, service in self._services.items()},
            "imageDigests": {
                self._settings.services[name].image: service.image.apply(_digest)
                for name, service in self._services.items()
                if "@" not in self._settings.services[name].image
            },
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
    return [settings.domain, *sorted(hosts - {settings.domain})]


def uncached_paths(settings: Settings) -> list[str]:
    """Paths of the services' routes but for the catch-all, which serves cacheable files."""
    paths = {
        path
        for service in settings.services.values()
        if service.route
        for path in service.route.paths
        if path != routing.ANY_PATH
    }
    return sorted(paths, key=lambda path: (-len(path), path))


def _digest(reference: str) -> str:
    return reference.rpartition("@")[2]
