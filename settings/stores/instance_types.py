"""Instance types of the stores, by family, and what is wrong with one that AWS does not have.

To add a family: its row here. One of a newer generation than these rows is taken as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from settings.problems import listed, nearest

_SMALL = ("micro", "small", "medium")
_TO_16 = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_TO_24 = (*_TO_16, "24xlarge")
_TO_32 = (*_TO_24, "32xlarge")
_TO_48 = (*_TO_24, "48xlarge")
Families = Mapping[str, tuple[str, ...]]

# Amazon RDS User Guide, "Supported DB engines for DB instance classes", PostgreSQL 14 and higher,
# without those of Multi-AZ DB clusters alone (db.c6gd) and the deprecated ones.
POSTGRESQL: Families = {
    **dict.fromkeys(("t3", "t4g"), (*_SMALL, "large", "xlarge", "2xlarge")),
    **dict.fromkeys(("m6g", "m6gd", "m7g", "r6g", "r6gd", "r7g", "x2g"), _TO_16),
    **dict.fromkeys(("m5", "m5d", "r5", "r5b", "r5d"), _TO_24),
    **dict.fromkeys(("m6i", "m6id", "m6idn", "m6in", "r6i", "r6id", "r6idn", "r6in"), _TO_32),
    **dict.fromkeys(("m7i", "m8g", "m8gd", "r7i", "r8g", "r8gd"), _TO_48),
    "x2idn": ("16xlarge", "24xlarge", "32xlarge"),
    "x2iedn": ("xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge", "24xlarge", "32xlarge"),
}
# ElastiCache API Reference, CreateReplicationGroup, CacheNodeType; c7gn, c8gn, m8g, r6gd and r8g by
# the offer file AmazonElastiCache of October 2026, which has those of the eighth generation for
# Valkey alone. No new cluster may have T2 (User Guide, "Supported node types").
_OF_M5 = ("large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge")
_OF_BOTH: Families = {
    **dict.fromkeys(("t3", "t4g"), _SMALL),
    "m4": ("large", "xlarge", "2xlarge", "4xlarge", "10xlarge"),
    "r4": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"),
    "m5": _OF_M5,
    "r5": _OF_M5,
    **dict.fromkeys(("c7gn", "m6g", "m7g", "r6g", "r7g"), _TO_16),
    "r6gd": _TO_16[1:],
}
_OF_VALKEY = ("c8gn", "m8g", "r8g")
CACHE: Mapping[str, Families] = {
    "redis": {**_OF_BOTH, **dict.fromkeys(_OF_VALKEY, ())},
    "valkey": {**_OF_BOTH, **dict.fromkeys(_OF_VALKEY, _TO_16)},
}
# Amazon MQ Developer Guide, "Managing Amazon MQ for RabbitMQ engine versions" (which families), and
# "Amazon MQ for RabbitMQ maximum resource limits" (their sizes).
_M7G = {"m7g": ("medium", *_TO_16)}
RABBITMQ: Mapping[str, Families] = {
    "3.13": {"t3": ("micro",), "m5": ("large", "xlarge", "2xlarge", "4xlarge"), **_M7G},
    "4.2": _M7G,
}


def problem(instance_type: str, families: Families) -> str:
    """What is wrong with a type such as db.t4g.micro; empty where nothing is."""
    service, family, size = instance_type.split(".")
    sizes = families.get(family, ())
    if size in sizes or is_newer(family, families):
        return ""
    if sizes:
        return f"{service}.{family} has no size {size}. Allowed: {', '.join(sizes)}."
    known = [one for one, its in families.items() if its]
    hint = nearest(family, known)
    return f"there is no {service}.{family}.{hint} Known: {listed(known)}."


def is_newer(family: str, families: Families) -> bool:
    """Whether it is of a later generation than all of its letter: m9g of m8g."""
    found = re.fullmatch(r"([a-z])(\d+)[a-z]*", family)
    if found is None:
        return False
    others = [re.match(r"([a-z])(\d+)", one) for one in families]
    generations = [int(one[2]) for one in others if one and one[1] == found[1]]
    return bool(generations) and int(found[2]) > max(generations)
