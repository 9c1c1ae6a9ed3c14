"""Limits that AWS's documentation states and its API models do not, each with its page.

"API" is the reference of the named call or structure, whose text botocore carries too.
"""

from __future__ import annotations

from collections.abc import Mapping

from limits.documented import compute, network, stores
from limits.limit import Limit

_TAGS = 'Tagging AWS resources, "Tag naming limits and requirements"'
EVERY_TYPE: Mapping[str, Limit] = {
    "tags": Limit(_TAGS, most=50),
    "tags.*": Limit(_TAGS, most=256),
}
DOCUMENTED: Mapping[str, Mapping[str, Limit]] = {
    **compute.LIMITS,
    **network.LIMITS,
    **stores.LIMITS,
}
