"""Listener rules: which service gets a request, and in which order the load balancer asks.

The more literal characters a rule has, the earlier it is tried. A priority depends on its own rule
alone, so that adding a service moves no other service's rule.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import product

from settings.service.route import Route

ANY_PATH = "/*"
ANY_HOST = "*"


def priority(service: str, route: Route) -> int:
    """The listener rule's priority, 1 (tried first) to 50000: rules with a host, then the rest."""
    if route.priority is not None:
        return route.priority
    literal = max(_literal(host + path) for host, path in _pairs(route))
    band, steps = (19_900, 198) if route.hosts else (49_900, 298)
    return band - min(literal, steps) * 100 + zlib.crc32(service.encode()) % 100


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
