"""The stack's output `smokeTests`: requests over the public address after a deployment."""

from __future__ import annotations

from typing import Any

import pulumi

from settings.service.smoke_test import host_of, tests_of
from settings.settings import Settings


def smoke_tests(settings: Settings, host: pulumi.Input[str]) -> dict[str, list[dict[str, Any]]]:
    """Of each service with a route that lets the pipeline in; `host` is the address of what has no
    host of its own. While maintenance answers, none reaches a service."""
    if settings.edge.maintenance.enabled:
        return {}
    routes = {name: one.route for name, one in settings.services.items() if one.route}
    found: dict[str, list[dict[str, Any]]] = {}
    for name, route in routes.items():
        if route.allow_from:
            continue
        service = settings.services[name]
        tests = tests_of(name, service.health, service.smoke_tests, routes, settings.domain)
        base = pulumi.Output.concat("https://", host_of(route, settings.domain) or host)
        found[name] = [
            {
                "url": pulumi.Output.concat(base, test.path),
                **test.model_dump(by_alias=True, exclude={"path"}, exclude_none=True),
            }
            for test in tests
        ]
    return found
