"""What spans keys of the stack config. Each check yields problems for what it can see: a section
that is itself invalid is None here, and whatever needs it stays silent."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from settings import naming
from settings.alarms import AlarmSettings
from settings.cluster import ClusterSettings
from settings.images import ImageSettings
from settings.migrations import MigrationSettings
from settings.monitoring.monitoring import MonitoringSettings
from settings.network import subnets
from settings.network.edge import EdgeSettings
from settings.network.network import NetworkSettings
from settings.problems import Problem, listed, nearest
from settings.secrets import Secret
from settings.service import fargate, routing
from settings.service.service import ServiceSettings
from settings.settings import Settings
from settings.stores.broker import BrokerSettings
from settings.stores.cache import CacheSettings
from settings.stores.database import DatabaseSettings


@dataclass
class Draft:
    """The parts of a stack config that are valid by themselves."""

    project: str
    stack: str
    raw: Mapping[str, Any]
    environment: str | None = None
    region: str | None = None
    account: str | None = None
    domain: str | None = None
    zone: str | None = None
    permissions_boundary: str | None = None
    network: NetworkSettings | None = None
    database: DatabaseSettings | None = None
    cache: CacheSettings | None = None
    broker: BrokerSettings | None = None
    edge: EdgeSettings | None = None
    images: ImageSettings | None = None
    cluster: ClusterSettings | None = None
    alarms: AlarmSettings | None = None
    monitoring: MonitoringSettings | None = None
    migrations: MigrationSettings | None = None
    secrets: dict[str, Secret] = field(default_factory=dict[str, Secret])
    services: dict[str, ServiceSettings] = field(default_factory=dict[str, ServiceSettings])

    def settings(self) -> Settings:
        values = {name: getattr(self, name) for name in Settings.model_fields}
        return Settings.model_construct(**values)

    def written(self, key: str) -> set[str]:
        """All names under `services` or `secrets`, valid or not."""
        entries = self.raw.get(key)
        return set(entries) if isinstance(entries, dict) else set()

    @property
    def is_production(self) -> bool:
        return self.environment == "prod"


Check = Callable[[Draft], Iterator[Problem]]


def all_checks() -> tuple[Check, ...]:
    return (
        environment_is_the_stack,
        existing_network_is_its_owners,
        subnets_fit,
        database_storage,
        database_password,
        replicas_need_own_password,
        cache_version,
        cache_password,
        broker_password,
        broker_cluster_size,
        certificates,
        one_image_source,
        images_have_digests,
        one_architecture_per_image,
        pull_secret,
        secrets_are_either,
        secret_values,
        migrations_service,
        queues_are_unique,
        someone_is_told,
        task_size,
        health_timing,
        scaling_range,
        scaling_targets,
        scaling_queue,
        schedules,
        routes_need_a_port,
        rollout_needs_a_route,
        route_size,
        routes_do_not_overlap,
        service_secrets,
        service_queues,
        reserved_variables,
        names_are_free,
        names_fit,
    )


def environment_is_the_stack(draft: Draft) -> Iterator[Problem]:
    """A file copied for another stack would otherwise fight the first over every name."""
    if draft.environment is not None and draft.environment != draft.stack:
        text = f"{draft.environment} is not the name of this stack, {draft.stack}: they must agree."
        yield Problem("environment", text)


def existing_network_is_its_owners(draft: Draft) -> Iterator[Problem]:
    if draft.network is None or draft.network.existing is None:
        return
    for name in ("azs", "endpoints", "flow_log_retention_days"):
        if name in draft.network.model_fields_set:
            key = NetworkSettings.model_fields[name].alias or name
            text = "is decided by the owner of the existing VPC. Remove it here."
            yield Problem(f"network.{key}", text)


def subnets_fit(draft: Draft) -> Iterator[Problem]:
    if draft.network is None:
        return
    try:
        block = ipaddress.IPv4Network(draft.network.cidr)
    except ValueError as invalid:
        yield Problem("network.cidr", f"{draft.network.cidr!r} is not an IPv4 range: {invalid}.")
        return
    if not block.is_private:
        yield Problem("network.cidr", f"{block} is not a private range (RFC 1918).")
    if draft.network.existing:
        return
    longest = subnets.longest_vpc_prefix(draft.network.azs)
    if not 16 <= block.prefixlen <= longest:
        text = f"/{block.prefixlen} does not fit: {draft.network.azs} zones need /16 to /{longest}."
        yield Problem("network.cidr", text)


def database_storage(draft: Draft) -> Iterator[Problem]:
    """RDS wants room to grow (RDS User Guide, "Managing capacity automatically with Amazon RDS
    storage autoscaling")."""
    if draft.database and draft.database.storage.max_gib * 10 < draft.database.storage.gib * 11:
        storage = draft.database.storage
        text = f"{storage.max_gib} is less than a tenth above gib ({storage.gib})."
        yield Problem("database.storage.maxGib", text)


def database_password(draft: Draft) -> Iterator[Problem]:
    if draft.database and draft.database.password != "managed":  # noqa: S105
        yield from _needs_inline(draft, "database.password", draft.database.password)


def replicas_need_own_password(draft: Draft) -> Iterator[Problem]:
    database = draft.database
    if database and database.read_replicas and database.password == "managed":  # noqa: S105
        text = (
            "RDS can't make a read replica of a PostgreSQL instance whose password it manages. "
            "Set database.password to the name of an encrypted value, or readReplicas to 0."
        )
        yield Problem("database.readReplicas", text)


def cache_version(draft: Draft) -> Iterator[Problem]:
    versions = {"redis": ("7.0", "7.1"), "valkey": ("7.2", "8.0", "8.1", "8.2")}
    if draft.cache and draft.cache.version not in versions[draft.cache.engine]:
        allowed = ", ".join(versions[draft.cache.engine])
        text = f"{draft.cache.version!r} is no version of {draft.cache.engine}. Allowed: {allowed}."
        yield Problem("cache.version", text)


def cache_password(draft: Draft) -> Iterator[Problem]:
    if draft.cache:
        yield from _needs_inline(draft, "cache.password", draft.cache.password)


def broker_password(draft: Draft) -> Iterator[Problem]:
    if draft.broker and draft.broker.kind == "rabbitmq":
        yield from _needs_inline(draft, "broker.password", draft.broker.password)


def _needs_inline(draft: Draft, path: str, name: str) -> Iterator[Problem]:
    """The service at `path` is created with this password, so the stack file must hold it."""
    if name not in draft.written("secrets"):
        text = f"{name} is not under plataforma:secrets.{nearest(name, draft.written('secrets'))}"
        yield Problem(path, f"{text} Add it: make secret STACK={draft.stack} NAME={name}")
        return
    secret = draft.secrets.get(name)
    if secret and secret.ref:
        text = f"{name} is a reference; the resource is created with the value: encrypt it here"
        yield Problem(path, f"{text} (make secret STACK={draft.stack} NAME={name}).")


def broker_cluster_size(draft: Draft) -> Iterator[Problem]:
    broker = draft.broker
    if broker and broker.deployment == "cluster" and broker.instance_type == "mq.t3.micro":
        yield Problem(
            "broker.instanceType", "mq.t3.micro can't form a cluster. Allowed: mq.m5.* or mq.m7g.*."
        )


def certificates(draft: Draft) -> Iterator[Problem]:
    if draft.edge is None:
        return
    region = _region_of(draft.edge.certificate)
    if region and draft.region and region != draft.region:
        text = f"the certificate is in {region}; the load balancer needs one in {draft.region}."
        yield Problem("edge.certificate", text)
    cdn = draft.edge.cdn
    region = _region_of(cdn.certificate)
    if cdn.enabled and region and region != "us-east-1":
        text = f"the certificate is in {region}; CloudFront needs one in us-east-1, or auto."
        yield Problem("edge.cdn.certificate", text)


def _region_of(certificate: str) -> str | None:
    return certificate.split(":")[3] if certificate.startswith("arn:") else None


def one_image_source(draft: Draft) -> Iterator[Problem]:
    if draft.images is None:
        return
    images = draft.images
    sources = [
        key
        for key, used in (
            ("build", images.build),
            ("promote", images.promote is not None),
            ("digests", bool(images.digests)),
        )
        if used
    ]
    if len(sources) != 1:
        found = " and ".join(sources) or "none"
        text = (
            f"{found} given; give exactly one of build: true, promote: <stack>, digests: {{...}}."
        )
        yield Problem("images", text)
    if images.promote == draft.stack:
        yield Problem("images.promote", f"{images.promote} is this stack itself.")


def images_have_digests(draft: Draft) -> Iterator[Problem]:
    if draft.images is None or not draft.images.digests:
        return
    for name, service in draft.services.items():
        if "@" not in service.image and service.image not in draft.images.digests:
            text = f"has no entry for image {service.image} of service {name}."
            yield Problem("images.digests", text + nearest(service.image, draft.images.digests))


def one_architecture_per_image(draft: Draft) -> Iterator[Problem]:
    owners: dict[str, tuple[str, str]] = {}
    for name, service in draft.services.items():
        owner, architecture = owners.setdefault(service.image, (name, service.architecture))
        if service.architecture != architecture and "@" not in service.image:
            text = f"image {service.image} is {architecture} for service {owner}; it is built once."
            yield Problem(f"services.{name}.architecture", text)


def pull_secret(draft: Draft) -> Iterator[Problem]:
    if draft.images is None or draft.images.pull_secret is None:
        return
    name = draft.images.pull_secret
    if name not in draft.written("secrets"):
        hint = nearest(name, draft.written("secrets"))
        yield Problem("images.pullSecret", f"{name} is not under plataforma:secrets.{hint}")
        return
    secret = draft.secrets.get(name)
    if secret and not _is_whole_secretsmanager_secret(secret):
        text = f"{name} must be in Secrets Manager: store: secretsmanager, or secretsmanager:name."
        yield Problem("images.pullSecret", text)


def _is_whole_secretsmanager_secret(secret: Secret) -> bool:
    if secret.ref:
        return secret.ref.startswith("secretsmanager:") and "#" not in secret.ref
    return secret.store == "secretsmanager"


def secrets_are_either(draft: Draft) -> Iterator[Problem]:
    for name, secret in draft.secrets.items():
        if (secret.value is None) == (secret.ref is None):
            yield Problem(f"secrets.{name}", "give exactly one of value (secure: ...) and ref.")


@dataclass(frozen=True)
class PasswordRule:
    """What a managed service accepts as a password, by its own documentation."""

    shortest: int
    longest: int
    refused: str


CACHE_PASSWORD = PasswordRule(16, 128, '@"/')
DATABASE_PASSWORD = PasswordRule(8, 128, '/@" ')
BROKER_PASSWORD = PasswordRule(12, 250, ",:=")


def secret_values(draft: Draft) -> Iterator[Problem]:
    for name, rule in _password_rules(draft):
        secret = draft.secrets.get(name)
        if secret is None or secret.value is None:
            continue
        length = len(secret.value)
        if not rule.shortest <= length <= rule.longest:
            text = f"has {length} characters. Allowed: {rule.shortest} to {rule.longest}."
            yield Problem(f"secrets.{name}", text)
        if set(secret.value) & set(rule.refused):
            yield Problem(f"secrets.{name}", f"holds one of {' '.join(rule.refused)}.")


def _password_rules(draft: Draft) -> Iterator[tuple[str, PasswordRule]]:
    if draft.cache:
        yield draft.cache.password, CACHE_PASSWORD
    if draft.database and draft.database.password != "managed":  # noqa: S105
        yield draft.database.password, DATABASE_PASSWORD
    if draft.broker and draft.broker.kind == "rabbitmq":
        yield draft.broker.password, BROKER_PASSWORD


def migrations_service(draft: Draft) -> Iterator[Problem]:
    if draft.migrations is None:
        return
    name = draft.migrations.service
    written = draft.written("services")
    if written and name not in written:
        text = f"{name} is not a service.{nearest(name, written)} Services: {listed(written)}."
        yield Problem("migrations.service", text)
    service = draft.services.get(name)
    if service and not service.database:
        text = f"{name} has no database: true, so its migrations could not reach the database."
        yield Problem("migrations.service", text)


def queues_are_unique(draft: Draft) -> Iterator[Problem]:
    if draft.broker is None or draft.cache is None:
        return
    for path, queues in (
        ("broker.queues", draft.broker.queues),
        ("cache.queues", draft.cache.queues),
    ):
        for name in _repeated(queues):
            yield Problem(path, f"{name} is listed twice.")
    for name in sorted(set(draft.broker.queues) & set(draft.cache.queues)):
        yield Problem(
            "broker.queues", f"{name} is also in cache.queues; scaling could mean either."
        )


def _repeated(names: Iterable[str]) -> list[str]:
    ordered = list(names)
    return sorted({name for name in ordered if ordered.count(name) > 1})


def someone_is_told(draft: Draft) -> Iterator[Problem]:
    if draft.is_production and draft.alarms and not (draft.alarms.emails or draft.alarms.webhooks):
        yield Problem("alarms", "prod must tell someone: give emails or webhooks.")


def task_size(draft: Draft) -> Iterator[Problem]:
    for name, service in draft.services.items():
        if service.memory not in fargate.MEMORY_MIB_BY_CPU[service.cpu]:
            allowed = fargate.memory_range(service.cpu)
            text = f"{service.memory} MiB does not go with cpu {service.cpu}. Allowed: {allowed}."
            yield Problem(f"services.{name}.memory", text)


def health_timing(draft: Draft) -> Iterator[Problem]:
    for name, service in draft.services.items():
        health = service.health
        if health.timeout_seconds >= health.interval_seconds:
            interval = health.interval_seconds
            text = f"{health.timeout_seconds} must be below intervalSeconds ({interval})."
            yield Problem(f"services.{name}.health.timeoutSeconds", text)


def scaling_range(draft: Draft) -> Iterator[Problem]:
    for name, service in draft.services.items():
        scaling, path = service.scaling, f"services.{name}.scaling"
        if scaling.min > scaling.max:
            yield Problem(f"{path}.min", f"{scaling.min} is above max ({scaling.max}).")
        if scaling.min == 0 and scaling.queue is None:
            yield Problem(f"{path}.min", "0 needs scaling.queue: nothing else wakes the service.")


def scaling_targets(draft: Draft) -> Iterator[Problem]:
    for name, service in draft.services.items():
        if service.scaling.requests_per_target and not service.is_public:
            text = "counts the load balancer's requests; the service has no route."
            yield Problem(f"services.{name}.scaling.requestsPerTarget", text)


def scaling_queue(draft: Draft) -> Iterator[Problem]:
    if draft.cache is None or draft.broker is None:
        return
    known = {*draft.cache.queues, *draft.broker.queues}
    for name, service in draft.services.items():
        queue, path = service.scaling.queue, f"services.{name}.scaling.queue"
        if queue is None:
            continue
        if queue.name not in known:
            text = (
                f"unknown queue {queue.name}.{nearest(queue.name, known)} Known: {listed(known)}."
            )
            yield Problem(f"{path}.name", text)
        if queue.acceptable_latency_seconds < queue.average_job_seconds:
            text = (
                f"{queue.acceptable_latency_seconds:g} is below averageJobSeconds "
                f"({queue.average_job_seconds:g}): no number of tasks starts a job sooner."
            )
            yield Problem(f"{path}.acceptableLatencySeconds", text)
        if draft.cluster and draft.cluster.container_insights == "disabled":
            text = "scaling by queue needs the running task count: set enabled or enhanced."
            yield Problem("cluster.containerInsights", text)


def schedules(draft: Draft) -> Iterator[Problem]:
    for name, service in draft.services.items():
        for index, schedule in enumerate(service.scaling.schedules):
            path = f"services.{name}.scaling.schedules.{index}"
            if schedule.min > schedule.max:
                yield Problem(f"{path}.min", f"{schedule.min} is above max ({schedule.max}).")
            if schedule.timezone not in zoneinfo.available_timezones():
                hint = nearest(schedule.timezone, zoneinfo.available_timezones())
                text = f"{schedule.timezone!r} is not an IANA time zone.{hint}"
                yield Problem(f"{path}.timezone", text)


def routes_need_a_port(draft: Draft) -> Iterator[Problem]:
    for name, service in draft.services.items():
        if service.is_public and service.port is None:
            yield Problem(f"services.{name}.port", "is missing; a service with a route needs one.")


def rollout_needs_a_route(draft: Draft) -> Iterator[Problem]:
    for name, service in draft.services.items():
        rollout, path = service.rollout, f"services.{name}.rollout"
        if rollout.strategy != "rolling" and not service.is_public:
            text = f"{rollout.strategy} shifts a load balancer's traffic; the service has no route."
            yield Problem(f"{path}.strategy", text)
        if rollout.strategy == "rolling" and rollout.shift != "all-at-once":
            text = f"{rollout.shift} needs strategy codedeploy or blue-green."
            yield Problem(f"{path}.shift", text)
        if rollout.strategy == "codedeploy" and service.spot_share == 100:
            text = "100 leaves CodeDeploy no task to fall back on while Spot has none; 99 at most."
            yield Problem(f"services.{name}.spotShare", text)


def route_size(draft: Draft) -> Iterator[Problem]:
    for name, service in draft.services.items():
        if service.route is None:
            continue
        values = len(service.route.paths) + len(service.route.hosts)
        path = f"services.{name}.route"
        if values == 0:
            yield Problem(path, "give paths, hosts or both.")
        if values > routing.VALUES_PER_RULE:
            text = f"{values} paths and hosts; a listener rule takes {routing.VALUES_PER_RULE}."
            yield Problem(path, text)


def routes_do_not_overlap(draft: Draft) -> Iterator[Problem]:
    routed = [(name, s.route) for name, s in draft.services.items() if s.route]
    for (one, first), (two, second) in combinations(routed, 2):
        path = f"services.{two}.route"
        for text in routing.conflicts(one, first, two, second):
            yield Problem(path, f"{text}. Make one more specific, or set route.priority of both.")
        if routing.priority(one, first) == routing.priority(two, second):
            text = f"its rule priority {routing.priority(one, first)} is also that of {one}"
            yield Problem(f"{path}.priority", f"{text}: give one of them another.")


def service_secrets(draft: Draft) -> Iterator[Problem]:
    known = draft.written("secrets")
    for name, service in draft.services.items():
        for secret in service.secrets:
            if secret not in known:
                hint = nearest(secret, known)
                text = f"{secret} is not under plataforma:secrets.{hint}"
                yield Problem(f"services.{name}.secrets", text)
        for secret in _repeated(service.secrets):
            yield Problem(f"services.{name}.secrets", f"{secret} is listed twice.")


def service_queues(draft: Draft) -> Iterator[Problem]:
    if draft.broker is None:
        return
    known = draft.broker.queues
    for name, service in draft.services.items():
        for key in ("publishes", "consumes"):
            for queue in getattr(service, key):
                if queue not in known:
                    text = f"unknown broker queue {queue}.{nearest(queue, known)}"
                    known_text = f" Known: {listed(known)}."
                    yield Problem(f"services.{name}.{key}", text + known_text)


RESERVED = re.compile(r"^(DATABASE|REDIS|BROKER)_|^(ENVIRONMENT|SERVICE_NAME|PORT|METRICS_PORT)$")


def reserved_variables(draft: Draft) -> Iterator[Problem]:
    for name, service in draft.services.items():
        for variable in service.environment:
            path = f"services.{name}.environment.{variable}"
            if RESERVED.search(variable):
                yield Problem(path, "the platform sets this variable itself: leave it out.")
            elif variable in service.secrets:
                yield Problem(path, "is also listed under secrets; a variable has one source.")
        for variable in service.secrets:
            if RESERVED.search(variable):
                text = f"{variable}: the platform gives this one to services that may use it."
                yield Problem(f"services.{name}.secrets", text)


def names_are_free(draft: Draft) -> Iterator[Problem]:
    for service in sorted(draft.written("services") & naming.RESERVED):
        yield Problem(f"services.{service}", "is the name of a part of the platform: take another.")


def names_fit(draft: Draft) -> Iterator[Problem]:
    if draft.environment is None:
        return
    names = naming.Names(draft.project, draft.environment)
    yield from _too_long("environment", naming.platform_limits(names))
    for service in draft.services:
        yield from _too_long(f"services.{service}", naming.service_limits(names, service))
    for queue in draft.broker.queues if draft.broker else ():
        yield from _too_long("broker.queues", naming.queue_limits(names, queue))


def _too_long(path: str, limits: Iterable[naming.Limit]) -> Iterator[Problem]:
    for limit in limits:
        if limit.excess > 0:
            text = (
                f"{limit.what} would be named {limit.name!r}, {len(limit.name)} characters; "
                f"AWS allows {limit.longest}: make it {limit.excess} shorter."
            )
            yield Problem(path, text)
