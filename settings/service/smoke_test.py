"""Requests that a deployed service must answer, over the stack's own address."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from settings.section import Section
from settings.service import routing
from settings.service.health import CODES, Health
from settings.service.route import Route

ANSWERED = "200-499"
"""Any answer of an application that runs: it may ask who calls, or know no such page."""
ANY_NAME = "smoke-test"
"""Stands for the wildcard of a host."""


class SmokeTest(Section):
    """One request after a deployment, and what its answer must be."""

    path: str = Field(
        pattern=r"^/[^\s?#]*$", description="Path to request, one that the route leads here."
    )
    codes: str = Field(
        default="200", pattern=CODES, description='HTTP codes of the answer in quotes, e.g. "200".'
    )
    content_type: str | None = Field(
        default=None,
        pattern=r"^[a-z]+/[a-z0-9.+-]+$",
        description="Content type of the answer, e.g. application/json; default: any.",
    )
    version: bool = Field(
        default=False,
        description="Whether the answer is JSON whose `version` must be the deployed one, as the "
        "task has it in SERVICE_VERSION: true or false.",
    )


def host_of(route: Route, domain: str | None) -> str | None:
    """A host that the route answers: the domain where it has none of its own, which is None where
    the stack is reached by CloudFront's name. The wildcard of a host is any name."""
    hosts = sorted(route.hosts, key=lambda host: "*" in host)
    return hosts[0].replace("*", ANY_NAME) if hosts else domain


def tests_of(
    service: str,
    health: Health,
    given: tuple[SmokeTest, ...],
    routes: Mapping[str, Route],
    domain: str | None,
) -> list[SmokeTest]:
    """The service's health path, or the start of its route where that leads no health check to it;
    then the tests that its settings list."""
    route = routes[service]
    host = host_of(route, domain)
    own = SmokeTest(path=health.path, codes=health.success_codes)
    if routing.receiver(routes, host, own.path) != service:
        start = next(iter(route.paths), routing.ANY_PATH)
        own = SmokeTest(path=start.replace("*", "").replace("?", "-"), codes=ANSWERED)
    return [own, *given]
