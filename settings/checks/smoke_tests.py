"""Checks of smoke tests: each request must reach the service that it is to test."""

from __future__ import annotations

from collections.abc import Iterator

from settings.draft import Draft
from settings.problems import Problem
from settings.service import routing, smoke_test


def smoke_tests_reach_their_service(draft: Draft) -> Iterator[Problem]:
    routes = {name: one.route for name, one in draft.services.items() if one.route}
    for name, route in routes.items():
        host = smoke_test.host_of(route, draft.domain)
        for number, test in enumerate(draft.services[name].smoke_tests):
            found = routing.receiver(routes, host, test.path)
            if found != name:
                where = f"the route of service {found}" if found else "no service's route"
                text = f"{test.path} is in {where}: take a path of {name}'s own route."
                yield Problem(f"services.{name}.smokeTests.{number}.path", text)
