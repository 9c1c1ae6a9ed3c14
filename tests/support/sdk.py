"""What the SDK of the real provider says of a resource type."""

from __future__ import annotations

import importlib


def properties_of(token: str) -> set[str]:
    """The names of its properties."""
    module, name = token.removeprefix("aws:").partition("/")[0], token.rpartition(":")[2]
    resource = getattr(importlib.import_module(f"pulumi_aws.{module}"), name)
    getters = [p.fget for p in vars(resource).values() if isinstance(p, property)]
    return {getattr(getter, "_pulumi_name", getattr(getter, "__name__", "")) for getter in getters}
