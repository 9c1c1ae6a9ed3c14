"""Checks of the load balancer's rules: the one that a request meets first, and their priorities."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import combinations

from settings.draft import Draft
from settings.monitoring.images import GRAFANA
from settings.monitoring.monitoring import grafana_host
from settings.problems import Problem
from settings.service import routing
from settings.service.route import Route


@dataclass(frozen=True)
class _Rules:
    """The rules of one `owner`, whose key is `path`; `settable`: by route.priority."""

    owner: str
    path: str
    priorities: Set[int]
    settable: bool = False


def routes_do_not_overlap(draft: Draft) -> Iterator[Problem]:
    for (one, first), (two, second) in combinations(_routes(draft), 2):
        for text in routing.conflicts(one, first, two, second):
            advice = "Make one more specific, or set route.priority of both."
            yield Problem(f"services.{two}.route", f"{text}. {advice}")


def priorities_are_unique(draft: Draft) -> Iterator[Problem]:
    """A listener has one rule of each priority (Elastic Load Balancing API, CreateRule,
    PriorityInUse)."""
    every = list(_rules(draft))
    taken = {number for rules in every for number in rules.priorities}
    for one, two in combinations(every, 2):
        for same in sorted(one.priorities & two.priorities):
            text = f"its rule priority {same} is also that of {one.owner}"
            yield Problem(two.path, f"{text}: {_way_out(one, two, taken, same)}")


def _way_out(one: _Rules, two: _Rules, taken: Set[int], same: int) -> str:
    """Only `two` may be settable alone: services come last."""
    if not two.settable:
        return "it follows from the host's name. Leave out one of them."
    needed = max(len(one.priorities), len(two.priorities))
    which = "one of them" if one.settable else "it"
    return f"give {which} another, e.g. {routing.free_priority(taken, same, needed)}."


def _rules(draft: Draft) -> Iterator[_Rules]:
    if draft.monitoring_parts and (host := grafana_host(draft.monitoring_parts, draft.domain)):
        rules = routing.priorities(GRAFANA, Route(hosts=(host,)))
        yield _Rules(GRAFANA, "monitoring.grafana.host", rules)
    for host in draft.edge.redirects if draft.edge else ():
        rules = {routing.redirect_priority(host)}
        yield _Rules(f"the redirect from {host}", f"edge.redirects.{host}", rules)
    for name, route in _routes(draft):
        path = f"services.{name}.route.priority"
        yield _Rules(name, path, routing.priorities(name, route), settable=True)


def _routes(draft: Draft) -> Iterator[tuple[str, Route]]:
    return ((name, its.route) for name, its in draft.services.items() if its.route)
