"""Checks that need more than one section of the stack config.

Checks of one section alone are its `problems()`, in its own file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from settings import naming
from settings.checks import (
    arns,
    credentials,
    existing,
    hosts,
    images,
    jobs,
    names,
    parts,
    permissions,
    routes,
    smoke_tests,
    volumes,
)
from settings.draft import Draft
from settings.monitoring import alerting
from settings.monitoring.monitoring import grafana_host
from settings.problems import Problem, listed, nearest
from settings.secrets import PasswordRule
from settings.service.scaling import QueueScaling
from settings.service.service import internal_url_variable
from settings.stores import broker, cache, database

STORED_BYTES = {"ssm": 4096, "secretsmanager": 65_536}
"""API PutParameter, Value, in the standard tier; API CreateSecret, SecretString."""


def cross_problems(draft: Draft) -> Iterator[Problem]:
    for check in CHECKS:
        yield from check(draft)


# The stack


def environment_is_the_stack(draft: Draft) -> Iterator[Problem]:
    """Two stacks of one environment would give their resources the same names."""
    if draft.environment is not None and draft.environment != draft.stack:
        text = f"{draft.environment} is not the name of this stack, {draft.stack}: they must agree."
        yield Problem("environment", text)


def alarm_recipients(draft: Draft) -> Iterator[Problem]:
    alarms = draft.alarms
    if draft.environment == "prod" and alarms and not (alarms.emails or alarms.webhooks):
        yield Problem("alarms", "prod must tell someone: give emails or webhooks.")


def names_are_free(draft: Draft) -> Iterator[Problem]:
    for service in sorted(draft.written("services") & naming.RESERVED):
        yield Problem(f"services.{service}", "is the name of a part of the platform: take another.")


def names_fit(draft: Draft) -> Iterator[Problem]:
    if draft.environment is None:
        return
    of = naming.Names(draft.project, draft.environment)
    yield from _too_long("environment", naming.platform_limits(of))
    for service in draft.services:
        yield from _too_long(f"services.{service}", naming.service_limits(of, service))
    for job in draft.jobs:
        yield from _too_long(f"jobs.{job}", naming.job_limits(of, job))
    for bucket in draft.buckets:
        limits = naming.bucket_limits(of, bucket, draft.account or "")
        yield from _too_long(f"buckets.{bucket}", limits)
    for queue, its in draft.broker.queues.items() if draft.broker else ():
        yield from _too_long("broker.queues", naming.queue_limits(of, queue, fifo=its.fifo))


def _too_long(path: str, limits: Iterable[naming.Limit]) -> Iterator[Problem]:
    for limit in limits:
        if limit.excess > 0:
            text = (
                f"{limit.what} would be named {limit.name!r}, {len(limit.name)} characters; "
                f"AWS allows {limit.longest}: make it {limit.excess} shorter."
            )
            yield Problem(path, text)


def services_share_no_name(draft: Draft) -> Iterator[Problem]:
    """A service may not have the name that a part of another has."""
    for name, service in draft.services.items():
        restricted = bool(service.route and service.route.allow_from)
        for other, purpose in naming.parts(name, service.rollout.strategy, restricted):
            if other in draft.services:
                text = f"services.{name} names {purpose} {other}: rename one of the two services."
                yield Problem(f"services.{other}", text)


def queues_share_no_name(draft: Draft) -> Iterator[Problem]:
    for queue in draft.broker.queues if draft.broker else ():
        if draft.broker and (taken := naming.dead_letters(queue)) in draft.broker.queues:
            text = f"{taken} is the name of the dead-letter queue of {queue}: rename one of them."
            yield Problem("broker.queues", text)


# Secrets


def known_secrets(draft: Draft) -> Iterator[Problem]:
    known = draft.written("secrets")
    for path, name in _secrets(draft):
        if name not in known:
            hint = nearest(name, known)
            how = f"make secret STACK={draft.stack} NAME={name}"
            advice = (
                f" Encrypt it ({how}), or say where it is kept (ssm:/... or secretsmanager:...)."
            )
            yield Problem(path, f"{name} is not under plataforma:secrets.{hint or advice}")


def _secrets(draft: Draft) -> Iterator[tuple[str, str]]:
    """The path of each key that names a secret, and the name; passwords are checked further."""
    if draft.images and draft.images.pull_secret:
        yield "images.pullSecret", draft.images.pull_secret
    for path, name in draft.monitoring_parts.secret_names() if draft.monitoring_parts else ():
        yield f"monitoring.{path}", name
    for service, settings in draft.services.items():
        for name in settings.secrets:
            yield f"services.{service}.secrets", name
        for sidecar, its in settings.sidecars.items():
            for name in its.secrets:
                yield f"services.{service}.sidecars.{sidecar}.secrets", name


def pull_secret(draft: Draft) -> Iterator[Problem]:
    name = draft.images.pull_secret if draft.images else None
    secret = draft.secrets.get(name or "")
    if secret and not secret.is_secrets_manager_secret:
        text = f"{name} must be in Secrets Manager: store: secretsmanager, or secretsmanager:name."
        yield Problem("images.pullSecret", text)


def passwords_are_encrypted_here(draft: Draft) -> Iterator[Problem]:
    """A store is created with its password, so the stack file must hold it."""
    for path, name, _ in _passwords(draft):
        if name not in draft.written("secrets"):
            hint = nearest(name, draft.written("secrets"))
            text = f"{name} is not under plataforma:secrets.{hint}"
            yield Problem(path, f"{text} Add it: make secret STACK={draft.stack} NAME={name}")
        secret = draft.secrets.get(name)
        if secret and secret.ref:
            text = f"{name} is a reference; the resource is created with the value: encrypt it here"
            yield Problem(path, f"{text} (make secret STACK={draft.stack} NAME={name}).")


def passwords_are_accepted(draft: Draft) -> Iterator[Problem]:
    for _, name, rule in _passwords(draft):
        secret = draft.secrets.get(name)
        if secret and secret.value is not None:
            for text in rule.problems(secret.value):
                yield Problem(f"secrets.{name}", text)


def secrets_fit_their_store(draft: Draft) -> Iterator[Problem]:
    for name, secret in draft.secrets.items():
        size, most = len((secret.value or "").encode()), STORED_BYTES[secret.store]
        if size > most:
            text = f"has {size} bytes; store {secret.store} takes {most}."
            advice = (
                " Set store: secretsmanager, which takes more." if secret.store == "ssm" else ""
            )
            yield Problem(f"secrets.{name}", text + advice)


def _passwords(draft: Draft) -> Iterator[tuple[str, str, PasswordRule]]:
    """The path of each store's password, the name of its secret, and what the store accepts."""
    if draft.cache:
        yield "cache.password", draft.cache.password, cache.PASSWORD_RULE
    if draft.database and draft.database.password_secret:
        yield "database.password", draft.database.password_secret, database.PASSWORD_RULE
    if draft.broker and draft.broker.password_secret:
        yield "broker.password", draft.broker.password_secret, broker.PASSWORD_RULE


# Services


def migrations_service(draft: Draft) -> Iterator[Problem]:
    if draft.migrations is None:
        return
    name, written = draft.migrations.service, draft.written("services")
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
    for name in sorted(set(draft.broker.queues) & set(draft.cache.queues)):
        text = f"{name} is also in cache.queues; scaling could mean either."
        yield Problem("broker.queues", text)


def service_queues(draft: Draft) -> Iterator[Problem]:
    if draft.broker is None:
        return
    known = draft.broker.queues
    for name, service in draft.services.items():
        for key, queues in (("publishes", service.publishes), ("consumes", service.consumes)):
            for queue in queues:
                if queue not in known:
                    text = f"unknown broker queue {queue}.{nearest(queue, known)}"
                    yield Problem(f"services.{name}.{key}", f"{text} Known: {listed(known)}.")


def scaling_queues_are_known(draft: Draft) -> Iterator[Problem]:
    stores = {"cache": draft.cache, "broker": draft.broker}
    if any(store is None and not draft.omits(key) for key, store in stores.items()):
        return
    known = {queue for store in stores.values() if store for queue in store.queues}
    for name, queue in _scaling_queues(draft):
        if queue.name not in known:
            hint = nearest(queue.name, known)
            text = f"unknown queue {queue.name}.{hint}"
            advice = "" if known else " List it in queues of plataforma:cache or plataforma:broker."
            if known and not hint and any(map(draft.omits, stores)):
                store = next(key for key in stores if draft.omits(key))
                advice = f" The stack has no {store}, whose queues count too."
            path = f"services.{name}.scaling.queue.name"
            yield Problem(path, f"{text} Known: {listed(known)}.{advice}")


def scaling_queues_need_task_counts(draft: Draft) -> Iterator[Problem]:
    if draft.cluster and draft.cluster.container_insights == "disabled":
        for _ in _scaling_queues(draft):
            text = "scaling by queue needs the running task count: set enabled or enhanced."
            yield Problem("cluster.containerInsights", text)


def _scaling_queues(draft: Draft) -> Iterator[tuple[str, QueueScaling]]:
    for name, service in draft.services.items():
        if service.scaling.queue:
            yield name, service.scaling.queue


def internal_clients(draft: Draft) -> Iterator[Problem]:
    """Services of `reachableBy`, and the variable with the address that each of them gets."""
    known = draft.written("services")
    for name, service in draft.services.items():
        path, variable = f"services.{name}.reachableBy", internal_url_variable(name)
        for client in service.reachable_by:
            if client not in known:
                text = f"{client} is not a service.{nearest(client, known)} Services: "
                yield Problem(path, f"{text}{listed(known)}.")
            settings = draft.services.get(client)
            if settings and variable in {*settings.environment, *settings.secrets}:
                text = f"{client} gets {variable} with the address: it can't set it itself."
                yield Problem(path, text)


# Monitoring


def alerting_names(draft: Draft) -> Iterator[Problem]:
    """Unknown names, reported also while the section has other problems."""
    section = draft.raw.get("monitoring")
    written = section.get("alerting") if isinstance(section, dict) else None
    if draft.monitoring is None and isinstance(written, dict):
        for problem in alerting.reference_problems(written):
            yield problem.below("monitoring.alerting")


def log_routers_have_a_loki(draft: Draft) -> Iterator[Problem]:
    mode = draft.monitoring_parts.mode if draft.monitoring_parts else "self-hosted"
    for name, service in draft.services.items():
        if service.log_driver == "awsfirelens" and mode != "self-hosted":
            text = f"awsfirelens ships to Loki, and monitoring.mode is {mode}. Delete this line:"
            yield Problem(f"services.{name}.logDriver", f"{text} without it logs go to CloudWatch.")


def log_routers_have_one_architecture(draft: Draft) -> Iterator[Problem]:
    routed = {n: s for n, s in draft.services.items() if s.log_driver == "awsfirelens"}
    first = next(iter(routed.values()), None)
    for name, service in routed.items():
        if first and service.architecture != first.architecture:
            text = "the log router's image is built once: all services with awsfirelens need the"
            yield Problem(f"services.{name}.logDriver", f"{text} same architecture.")


def grafana_host_is_free(draft: Draft) -> Iterator[Problem]:
    host = grafana_host(draft.monitoring_parts, draft.domain) if draft.monitoring_parts else None
    if host is None or draft.domain is None:
        return
    taken = {draft.domain: "the domain of the application"}
    for name, service in draft.services.items():
        taken |= dict.fromkeys(service.route.hosts if service.route else (), f"service {name}")
    if host in taken:
        yield Problem("monitoring.grafana.host", f"{host} is taken by {taken[host]}.")


CHECKS: tuple[Callable[[Draft], Iterator[Problem]], ...] = (
    environment_is_the_stack,
    names.tags_are_not_the_platforms,
    alarm_recipients,
    arns.certificate_is_in_the_region,
    names_are_free,
    names_fit,
    services_share_no_name,
    names.sidecars_share_no_name,
    queues_share_no_name,
    existing.region_exists,
    arns.certificates_are_of_this_account,
    arns.topics_are_of_this_account,
    arns.arns_are_of_the_partition,
    credentials.no_value_is_a_credential,
    parts.services_use_what_is_there,
    parts.domain_and_zone_go_together,
    parts.hosts_have_a_domain,
    parts.edge_without_a_domain,
    hosts.region_is_supported,
    hosts.hosts_are_in_a_zone,
    hosts.zones_are_other_zones,
    hosts.wildcard_hosts_have_a_certificate,
    hosts.certificate_takes_the_hosts,
    hosts.redirects_lead_somewhere,
    hosts.addresses_are_seen,
    known_secrets,
    pull_secret,
    passwords_are_encrypted_here,
    passwords_are_accepted,
    arns.keys_are_of_this_account,
    secrets_fit_their_store,
    images.promoted_stack_is_another,
    images.images_have_digests,
    images.monitoring_images_have_digests,
    images.one_architecture_per_image,
    images.ecr_is_of_this_account,
    migrations_service,
    jobs.job_services,
    jobs.job_sizes,
    jobs.jobs_share_no_name,
    permissions.permissions_inside_the_boundary,
    permissions.permissions_are_of_this_account,
    permissions.bucket_names,
    permissions.service_buckets,
    volumes.service_volumes,
    queues_are_unique,
    service_queues,
    scaling_queues_are_known,
    scaling_queues_need_task_counts,
    internal_clients,
    routes.routes_do_not_overlap,
    routes.priorities_are_unique,
    smoke_tests.smoke_tests_reach_their_service,
    alerting_names,
    log_routers_have_a_loki,
    log_routers_have_one_architecture,
    grafana_host_is_free,
)
