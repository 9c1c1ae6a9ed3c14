"""Checks of parts that a stack file may leave out: what names one that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from settings.draft import Draft
from settings.problems import Problem, listed
from settings.service.service import ServiceSettings

HOW_TO_ADD = {
    "database": "plataforma:database: {} (the defaults)",
    "cache": "plataforma:cache: {} (the defaults)",
    "broker": "plataforma:broker: {queues: [...]}",
}


def services_use_what_is_there(draft: Draft) -> Iterator[Problem]:
    for name, service in draft.services.items():
        for key, part in _parts_of(service):
            if draft.omits(part):
                text = f"the stack has no {part}. Add {HOW_TO_ADD[part]}, or remove this key."
                yield Problem(f"services.{name}.{key}", text)


def _parts_of(service: ServiceSettings) -> Iterator[tuple[str, str]]:
    """The keys that ask for a part, and the part."""
    if service.database:
        yield "database", "database"
    if service.cache:
        yield "cache", "cache"
    if service.publishes:
        yield "publishes", "broker"
    if service.consumes:
        yield "consumes", "broker"


def domain_and_zone_go_together(draft: Draft) -> Iterator[Problem]:
    for key, other in (("domain", "zone"), ("zone", "domain")):
        if draft.omits(key) and not draft.omits(other):
            text = f"is missing: {other} is given, and both go together. Add it, or remove {other}"
            yield Problem(key, f"{text} to be reached on CloudFront's own name.")


def hosts_have_a_domain(draft: Draft) -> Iterator[Problem]:
    """A host of one's own needs a certificate, and a record in a zone."""
    if not draft.omits("domain"):
        return
    for name, service in draft.services.items():
        if service.route and service.route.hosts:
            text = f"{service.route.hosts[0]} needs a certificate and a DNS record: add"
            advice = "plataforma:domain and plataforma:zone, or route by paths alone."
            yield Problem(f"services.{name}.route.hosts", f"{text} {advice}")
    for host in draft.edge.redirects if draft.edge else ():
        advice = "plataforma:domain and plataforma:zone, or remove this key."
        yield Problem(
            f"edge.redirects.{host}", f"needs a certificate and a DNS record: add {advice}"
        )
    if draft.monitoring_parts and draft.monitoring_parts.mode == "self-hosted":
        text = "self-hosted has Grafana on a host name of its own: add plataforma:domain and"
        yield Problem("monitoring.mode", f"{text} plataforma:zone, or set managed or off.")


def edge_without_a_domain(draft: Draft) -> Iterator[Problem]:
    if draft.edge is None or not draft.omits("domain"):
        return
    advice = "Add plataforma:domain and plataforma:zone, or remove this key."
    if draft.edge.cdn.enabled is False:
        text = "without a domain the platform is reached on CloudFront's name, and not without it."
        yield Problem("edge.cdn.enabled", f"{text} {advice}")
    for path, certificate in (
        ("edge.certificate", draft.edge.certificate),
        ("edge.cdn.certificate", draft.edge.cdn.certificate),
    ):
        if certificate != "auto":
            yield Problem(path, f"a certificate is for a domain, and the stack has none. {advice}")


def address_without_a_route(draft: Draft) -> Iterator[Problem]:
    """Keys of the load balancer, where none is made; nothing fails for it."""
    routed = [service for service in draft.services.values() if service.route]
    if routed or (draft.monitoring_parts and draft.monitoring_parts.mode == "self-hosted"):
        return
    for key in ("domain", "edge"):
        if not draft.omits(key):
            text = "does nothing: no service has a route, so there is no load balancer and no"
            yield Problem(key, f"{text} address. Give a service a route, or remove this key.")


def queues_without_a_consumer(draft: Draft) -> Iterator[Problem]:
    """A publisher fails at nothing; a program outside the stack may be the one that reads."""
    consumed = {queue for service in draft.services.values() for queue in service.consumes}
    publishers: dict[str, list[str]] = {}
    for name, service in draft.services.items():
        for queue in service.publishes:
            publishers.setdefault(queue, []).append(name)
    for queue, names in publishers.items():
        if queue not in consumed:
            text = f"no service consumes it: the messages of {listed(names)} stay there."
            yield Problem(f"broker.queues.{queue}", text)
