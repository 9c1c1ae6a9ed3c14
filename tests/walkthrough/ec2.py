"""EC2's API as the delivery commands call it: the VPCs and subnets in the engine's state, with the
default tags of their provider."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

TYPES = {
    "DescribeVpcs": ("aws:ec2/vpc:Vpc", "vpcSet", "vpcId"),
    "DescribeSubnets": ("aws:ec2/subnet:Subnet", "subnetSet", "subnetId"),
}
Resource = Mapping[str, Any]


def answer(action: str, asked: Mapping[str, list[str]], resources: Iterable[Resource]) -> str:
    """XML, by EC2's query protocol. `resources`: those of all stacks."""
    kind, listed, own_id = TYPES[action]
    every = list(resources)
    providers = {f"{r['urn']}::{r.get('id')}": r for r in every}
    wanted = dict(_filters(asked))
    items = "".join(
        _item(resource, own_id, tags)
        for resource in every
        if resource["type"] == kind and _fits(resource, tags := _tags(resource, providers), wanted)
    )
    return f"<{action}Response><{listed}>{items}</{listed}></{action}Response>"


def _filters(asked: Mapping[str, list[str]]) -> Iterable[tuple[str, str]]:
    number = 1
    while f"Filter.{number}.Name" in asked:
        yield asked[f"Filter.{number}.Name"][0], asked[f"Filter.{number}.Value.1"][0]
        number += 1


def _tags(resource: Resource, providers: Mapping[str, Resource]) -> dict[str, str]:
    provider = providers.get(resource.get("provider", ""), {})
    default = json.loads(provider.get("inputs", {}).get("defaultTags", "{}"))
    return {**default.get("tags", {}), **resource["outputs"].get("tags", {})}


def _fits(resource: Resource, tags: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    has = {
        "vpc-id": resource["outputs"].get("vpcId", resource["id"]),
        **{f"tag:{key}": value for key, value in tags.items()},
    }
    return all(has.get(name) == value for name, value in wanted.items())


def _item(resource: Resource, own_id: str, tags: Mapping[str, str]) -> str:
    zone = resource["outputs"].get("availabilityZone", "")
    tag_set = "".join(
        f"<item><key>{escape(key)}</key><value>{escape(value)}</value></item>"
        for key, value in tags.items()
    )
    return (
        f"<item><{own_id}>{resource['id']}</{own_id}><availabilityZone>{zone}</availabilityZone>"
        f"<tagSet>{tag_set}</tagSet></item>"
    )
