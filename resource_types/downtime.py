"""What does not answer while a resource is replaced, deleted or restarted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resource_types.model import Inputs

_HOSTS = "its hosts do not answer until DNS names another and clients have seen that"
OUTAGES: Mapping[str, str] = {
    "aws:cloudfront/distribution:Distribution": _HOSTS,
    "aws:ec2/eip:Eip": "whoever admits this address alone refuses the tasks",
    "aws:ec2/natGateway:NatGateway": "connections through it end",
    "aws:ec2/vpc:Vpc": "everything in it stops",
    "aws:ecs/service:Service": "its tasks stop",
    "aws:elasticache/replicationGroup:ReplicationGroup": "no client reaches the cache",
    "aws:lb/listener:Listener": "its port does not answer",
    "aws:lb/loadBalancer:LoadBalancer": _HOSTS,
    "aws:mq/broker:Broker": "no client reaches the broker",
    "aws:rds/instance:Instance": "no client reaches the database",
    "aws:rds/proxy:Proxy": "no client reaches the database through it",
}
"""What people notice while the one is gone and the other is not there yet, by type."""


@dataclass(frozen=True)
class Interruption:
    """What clients notice of an update. `spared`: what they notice where a standby or other nodes
    take over, empty where that helps nothing. `at_once`: whatever the maintenance window."""

    alone: str
    spared: str = ""
    at_once: bool = False


@dataclass(frozen=True)
class Interruptions:
    """By property. Others take over where property `key` has `value`."""

    key: str
    value: object
    by_property: Mapping[str, Interruption]


_REBOOT = Interruption(
    "no client reaches it while it reboots", "one node after another, two keep running"
)
INTERRUPTIONS: Mapping[str, Interruptions] = {
    # ElastiCache User Guide, "Scaling single-node clusters" and "Scaling replica nodes" (Valkey 7.2
    # and Redis OSS 5.0.5 or later); "Upgrade considerations when working with node-based clusters".
    "aws:elasticache/replicationGroup:ReplicationGroup": Interruptions(
        "automaticFailoverEnabled",
        True,
        {
            "engineVersion": Interruption(
                "no client reaches it until the upgrade is complete",
                "connections end, and writes fail for seconds while a replica takes over",
            ),
            "nodeType": Interruption(
                "reads and writes fail briefly while its name moves to the new node",
                "connections end, and reads and writes fail for seconds",
            ),
        },
    ),
    # Amazon MQ Developer Guide, "Scheduling the maintenance window for an Amazon MQ broker" and
    # "Version upgrades".
    "aws:mq/broker:Broker": Interruptions(
        "deploymentMode",
        "CLUSTER_MULTI_AZ",
        {"engineVersion": _REBOOT, "hostInstanceType": _REBOOT},
    ),
    # RDS User Guide, "Settings for DB instances" and "Failing over a Multi-AZ DB instance";
    # "Upgrades of the RDS for PostgreSQL DB engine" (a standby is upgraded at the same time).
    "aws:rds/instance:Instance": Interruptions(
        "multiAz",
        True,
        {
            "engineVersion": Interruption("no client reaches it until the upgrade is complete"),
            "instanceClass": Interruption(
                "no client reaches it until the new instance runs",
                "the standby takes over, typically in 60 to 120 seconds",
            ),
            "port": Interruption("no client reaches it while it reboots", at_once=True),
        },
    ),
}


def outage(token: str, inputs: Inputs) -> str:
    """What people notice of a replacement or deletion; empty where that is nothing."""
    return "" if _is_copy(inputs) else OUTAGES.get(token, "")


def interruption(token: str, inputs: Inputs, changed: Iterable[str]) -> str:
    """What clients notice of an update of these properties, and when; empty where that is
    nothing."""
    described = INTERRUPTIONS.get(token)
    if described is None or _is_copy(inputs):
        return ""
    found = {key: described.by_property[key] for key in changed if key in described.by_property}
    if not found:
        return ""
    is_spared = inputs.get(described.key) == described.value
    is_now = inputs.get("applyImmediately") or any(one.at_once for one in found.values())
    when = "at once" if is_now else "in the maintenance window"
    hows = sorted({(is_spared and one.spared) or one.alone for one in found.values()})
    return f"interrupted {when} ({', '.join(sorted(found))}): {'; '.join(hows)}"


def _is_copy(inputs: Inputs) -> bool:
    """Whether it is a read replica, without which readers use the database itself."""
    return bool(inputs.get("replicateSourceDb"))
