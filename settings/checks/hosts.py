"""Checks of host names and of the region that serves them: each host needs a certificate and a
record in the zone."""

from __future__ import annotations

from collections.abc import Iterator

from settings.draft import Draft
from settings.monitoring.monitoring import grafana_host
from settings.network.edge import uses_cdn
from settings.network.zones import further_zone
from settings.partition import partition_of
from settings.problems import Problem, nearest
from settings.service import routing

LONGEST_FIRST_NAME = 64
"""ACM, API RequestCertificate: the certificate's first name."""
NAMES_A_CERTIFICATE = 10
"""AWS Certificate Manager User Guide, "Quotas", before an increase."""


def region_is_supported(draft: Draft) -> Iterator[Problem]:
    if draft.region is None:
        return
    partition = partition_of(draft.region)
    if partition is None:
        text = f"{draft.region} is in none of the partitions aws, aws-cn and aws-us-gov."
        yield Problem("region", f"{text} Others are not supported.")
    elif partition != "aws" and draft.edge and draft.edge.cdn.enabled:
        text = "CloudFront takes its certificate and web ACL from us-east-1, which is not in"
        where = f"partition {partition} of {draft.region}"
        yield Problem("edge.cdn.enabled", f"{text} {where}: set it to false.")
    elif partition != "aws" and draft.omits("domain"):
        text = "is missing: the platform is reached on CloudFront's name without it, and"
        yield Problem("domain", f"{text} {draft.region} has none. Add domain and zone.")


def hosts_are_in_a_zone(draft: Draft) -> Iterator[Problem]:
    """The name of the domain's zone is not known here, but it ends the domain and its hosts."""
    if draft.domain is None or draft.zones is None:
        return
    for path, host in _hosts(draft):
        if further_zone(host, draft.zones) or not routing.has_dns_name(host):
            continue
        if len(_common_end(draft.domain, host)) < 2:
            text = f"no hosted zone holds both {host} and plataforma:domain, {draft.domain}. Its"
            how = "record and certificate would fail: add its zone to plataforma:zones."
            yield Problem(path, f"{text} {how}")


def zones_are_other_zones(draft: Draft) -> Iterator[Problem]:
    for name in draft.zones or {}:
        if draft.domain is None:
            text = "is for hosts beside a domain: add plataforma:domain and plataforma:zone."
            yield Problem(f"zones.{name}", text)
        elif further_zone(draft.domain, [name]):
            text = f"holds plataforma:domain, {draft.domain}, whose zone is plataforma:zone."
            yield Problem(f"zones.{name}", f"{text} Remove one of them.")


def wildcard_hosts_have_a_certificate(draft: Draft) -> Iterator[Problem]:
    """Neither a certificate of `auto` nor a record names a host with a wildcard within a label."""
    if draft.edge is None:
        return
    needs = "edge.cdn names each host" if draft.edge.cdn.enabled else ""
    if not needs and draft.edge.certificate == "auto":
        needs = "edge.certificate: auto covers each host by its name"
    for path, host in _hosts(draft):
        if needs and not routing.has_dns_name(host):
            text = f"{host} has a wildcard within a label, and {needs}. List the hosts, or set"
            yield Problem(path, f"{text} edge.certificate to an ARN and edge.cdn.enabled to false.")


def certificate_takes_the_hosts(draft: Draft) -> Iterator[Problem]:
    if draft.domain is None or draft.edge is None:
        return
    settings = draft.edge
    if settings.certificate != "auto" and not (
        settings.cdn.enabled and settings.cdn.certificate == "auto"
    ):
        return
    if len(draft.domain) > LONGEST_FIRST_NAME:
        text = f"{draft.domain} has {len(draft.domain)} characters; ACM takes {LONGEST_FIRST_NAME}"
        yield Problem("domain", f"{text} as a certificate's first name.")
    names = {draft.domain, *(host for _, host in _hosts(draft) if routing.has_dns_name(host))}
    if len(names) > NAMES_A_CERTIFICATE:
        text = f"{len(names)} host names; a certificate takes {NAMES_A_CERTIFICATE} by default."
        yield Problem("services", f"{text} Give a certificate's ARN, or route by path.")


def redirects_lead_somewhere(draft: Draft) -> Iterator[Problem]:
    """From a host that nothing else answers, to one that something does."""
    if draft.domain is None or draft.edge is None:
        return
    served = {draft.domain: "plataforma:domain"}
    for path, host in _hosts(draft):
        if not path.startswith("edge.redirects."):
            served.setdefault(host, path)
    for source, target in draft.edge.redirects.items():
        if source in served:
            text = f"{source} is {served[source]} as well: nothing would reach it."
            yield Problem(f"edge.redirects.{source}", text)
        if target not in served:
            text = f"{target} is neither the domain nor a host of a route.{nearest(target, served)}"
            yield Problem(f"edge.redirects.{source}", text)


def addresses_are_seen(draft: Draft) -> Iterator[Problem]:
    """Behind CloudFront the load balancer's clients are CloudFront's network interfaces, and its
    conditions read no X-Forwarded-For (Elastic Load Balancing API, SourceIpConditionConfig)."""
    if draft.edge is None or not uses_cdn(draft.edge, draft.domain):
        return
    for name, service in draft.services.items():
        if service.route and service.route.allow_from:
            text = "behind CloudFront the load balancer sees CloudFront's addresses alone. Let the"
            how = "service judge X-Forwarded-For, or set edge.cdn.enabled to false (with a domain)."
            yield Problem(f"services.{name}.route.allowFrom", f"{text} {how}")


def _hosts(draft: Draft) -> Iterator[tuple[str, str]]:
    """Every host beside the domain, and its key."""
    for name, service in draft.services.items():
        for number, host in enumerate(service.route.hosts if service.route else ()):
            yield f"services.{name}.route.hosts.{number}", host
    for host in draft.edge.redirects if draft.edge else ():
        yield f"edge.redirects.{host}", host
    if draft.monitoring_parts and (host := grafana_host(draft.monitoring_parts, draft.domain)):
        yield "monitoring.grafana.host", host


def _common_end(one: str, other: str) -> list[str]:
    """The labels that end both names."""
    pairs = zip(reversed(one.split(".")), reversed(other.split(".")), strict=False)
    common: list[str] = []
    for first, second in pairs:
        if first != second:
            break
        common.insert(0, first)
    return common
