"""Listener rules: which service gets a request, and in which order the load balancer asks.

A rule for hosts without a wildcard is tried first, then one for hosts with one, then one for paths
alone; the more literal characters it has, the earlier. A priority depends on its own rule alone, so
that adding a service moves no other service's rule.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from itertools import product

from settings.service.route import LAST_PRIORITY, Route

ANY_PATH = "/*"
ANY_HOST = "*"


@dataclass(frozen=True)
class Band:
    """The priorities of one kind of rule: `levels` by specificity, from the most specific on, each
    with `width` numbers, of which a digest of the service's name chooses one."""

    first: int
    levels: int
    width: int

    def priority(self, service: str, literal: int) -> int:
        level = self.levels - 1 - min(literal, self.levels - 1)
        return self.first + level * self.width + zlib.crc32(service.encode()) % self.width


HOSTS_AND_PATHS = Band(1, 50, 200)
HOSTS = Band(10_001, 1, 20_000)
"""Rules for different hosts never meet, so that one level holds all: a service for each host."""
WILDCARD_HOSTS = Band(30_001, 100, 100)
PATHS = Band(40_001, 100, 100)


MAINTENANCE = 1
"""The priority of the rule that answers while maintenance is on, before all others."""


def priority(service: str, route: Route) -> int:
    """The listener rule's priority, 2 (tried first) to 50000."""
    if route.priority is not None:
        return route.priority
    return max(_by_specificity(service, route), MAINTENANCE + 1)


def priorities(service: str, route: Route) -> set[int]:
    """Those of all its rules."""
    first = priority(service, route)
    return {first, *([refusal_priority(first)] if route.allow_from else [])}


def refusal_priority(allowed: int) -> int:
    """Of the rule that refuses whom the rule `allowed` does not let in: next to it, before any
    that matches less closely."""
    return allowed + 1


def _by_specificity(service: str, route: Route) -> int:
    literal = max(_literal(path) for path in _paths(route))
    if not route.hosts:
        return PATHS.priority(service, literal)
    if any(set(host) & set("*?") for host in route.hosts):
        literal += max(_literal(host) for host in route.hosts)
        return WILDCARD_HOSTS.priority(service, literal)
    if set(_paths(route)) == {ANY_PATH}:
        return HOSTS.priority(service, 0)
    return HOSTS_AND_PATHS.priority(service, literal)


def redirect_priority(host: str) -> int:
    """Of the rule that leads from `host` to another, which has no service."""
    return HOSTS.priority(f"redirect/{host}", 0)


def free_priority(taken: Set[int], near: int, rules: int = 1) -> int:
    """The next number, or else the last before, from which on so many rules have none."""
    after = range(near + 1, LAST_PRIORITY - rules + 2)
    before = range(near - 1, MAINTENANCE, -1)
    return next(n for n in (*after, *before) if not taken & {*range(n, n + rules)})


def receiver(routes: Mapping[str, Route], host: str | None, path: str) -> str | None:
    """The service whose rule is the first to match; None: no rule does. A `host` of None is one
    that no route names."""
    for service in sorted(routes, key=lambda name: priority(name, routes[name])):
        for host_pattern, path_pattern in _pairs(routes[service]):
            if fnmatchcase(host or "", host_pattern) and fnmatchcase(path, path_pattern):
                return service
    return None


def has_dns_name(host: str) -> bool:
    """Whether a DNS record and a certificate can name it: * is a whole first label or absent.

    Sources: Route 53 Developer Guide, "DNS domain name format"; AWS Certificate Manager User Guide,
    "Certificate characteristics".
    """
    return not set(host.removeprefix("*.")) & set("*?")


def conflicts(one: str, first: Route, two: str, second: Route) -> Iterator[str]:
    """What the rules of services `one` and `two` both match without the right one tried first."""
    if first.priority is not None and second.priority is not None:
        return
    first_is_earlier = priority(one, first) < priority(two, second)
    for pair1, pair2 in product(_pairs(first), _pairs(second)):
        if not (_overlap(pair1[0], pair2[0]) and _overlap(pair1[1], pair2[1])):
            continue
        first_is_inner, second_is_inner = _within(pair1, pair2), _within(pair2, pair1)
        if first_is_inner == second_is_inner:
            yield f"{_shown(pair2)} overlaps {_shown(pair1)} of service {one}"
        elif first_is_inner != first_is_earlier:
            inner, outer = (pair1, pair2) if first_is_inner else (pair2, pair1)
            yield f"{_shown(inner)} would be caught by {_shown(outer)}, whose rule comes first"


def _within(inner: tuple[str, str], outer: tuple[str, str]) -> bool:
    """Whether `inner` is the more specific pair: by host, and for one host by path."""
    host = inner[0] != outer[0]
    return fnmatchcase(inner[0], outer[0]) if host else fnmatchcase(inner[1], outer[1])


def _hosts(route: Route) -> tuple[str, ...]:
    return route.hosts or (ANY_HOST,)


def _paths(route: Route) -> tuple[str, ...]:
    return route.paths or (ANY_PATH,)


def _pairs(route: Route) -> Iterator[tuple[str, str]]:
    return product(_hosts(route), _paths(route))


def _literal(pattern: str) -> int:
    return sum(character not in "*?" for character in pattern)


def _shown(pair: tuple[str, str]) -> str:
    host, path = pair
    return path if host == ANY_HOST else f"{host}{path}"


@cache
def _overlap(one: str, two: str) -> bool:
    """Whether some text matches both patterns (* any run, ? one character)."""
    if not one or not two:
        return set(one + two) <= {"*"}
    if one[0] == "*":
        return _overlap(one[1:], two) or _overlap(one, two[1:])
    if two[0] == "*":
        return _overlap(two, one)
    return (one[0] == two[0] or "?" in (one[0], two[0])) and _overlap(one[1:], two[1:])
