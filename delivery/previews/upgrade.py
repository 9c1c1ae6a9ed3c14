"""Upgrades of a data store to another major version, which AWS can't undo."""

from __future__ import annotations

from collections.abc import Iterable

from delivery.previews.model import PropertyDiff

STORES = frozenset(
    {
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:mq/broker:Broker",
        "aws:rds/instance:Instance",
    }
)
VERSION = "engineVersion"


def major_upgrade(type_: str, diffs: Iterable[PropertyDiff]) -> str:
    """The upgrade that an update makes; empty where it makes none."""
    found = next((diff for diff in diffs if diff.path == VERSION and type_ in STORES), None)
    if found is None or found.old is None or found.new is None:
        return ""
    old, new = (value.strip('"').partition(".")[0] for value in (found.old, found.new))
    return f"major version {old} becomes {new}" if old != new else ""
