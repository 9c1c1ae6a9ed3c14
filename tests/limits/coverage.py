"""Counts the properties of all plans by service: `make limits-coverage`.

limited: the table holds a limit. free: AWS's API takes the property and states no limit of it
(flags, ids of other resources). provider: never sent, or an attribute whose limit nobody states.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping

from limits.table import limits_of, modelled_paths
from tests.limits.plans import properties_by_type

KINDS = ("limited", "free", "provider")


def kind(token: str, path: str) -> str:
    if any(limits_of(token, path)):
        return "limited"
    return "free" if path in modelled_paths(token) else "provider"


def counted(properties: Mapping[str, set[str]]) -> dict[str, Counter[str]]:
    """The number of properties of each kind by service."""
    services: dict[str, Counter[str]] = {}
    for token, paths in properties.items():
        service = token.split(":")[1].partition("/")[0]
        services.setdefault(service, Counter()).update(kind(token, path) for path in paths)
    return dict(sorted(services.items()))


def main() -> int:
    rows = counted(properties_by_type())
    total = sum(rows.values(), Counter[str]())
    print(f"{'service':<20}{'properties':>12}{''.join(f'{one:>12}' for one in KINDS)}")
    for service, counts in [*rows.items(), ("all", total)]:
        print(f"{service:<20}{counts.total():>12}{''.join(f'{counts[one]:>12}' for one in KINDS)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
