"""What does not answer while a resource is replaced, deleted or restarted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resource_types.model import Inputs

_HOSTS = "its hosts do not answer until DNS names another and clients have seen that"
OUTAGES: Mapping[str, str] = {
    "aws:cloudfront/distribution:Distribution": _HOSTS,
    "aws:ec2/natGateway:NatGateway": "tasks have no way to the internet through it",
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
class Restart:
    """`properties`: those whose update restarts it. `spared`: how it is where property `key` has
    `value`, except for the properties in `always`."""

    properties: frozenset[str]
    key: str
    value: object
    spared: str
    always: frozenset[str] = frozenset()


# Sources: RDS User Guide, "Settings for DB instances", "Failing over a Multi-AZ DB instance", and
# "Upgrades of the RDS for PostgreSQL DB engine" (which upgrades the standby at the same time);
# ElastiCache User Guide, "Minimizing downtime during maintenance"; Amazon MQ Developer Guide,
# "Scheduling the maintenance window for an Amazon MQ broker".
RESTARTS: Mapping[str, Restart] = {
    "aws:elasticache/replicationGroup:ReplicationGroup": Restart(
        frozenset({"engineVersion", "nodeType"}),
        key="automaticFailoverEnabled",
        value=True,
        spared="a replica takes over within a minute",
    ),
    "aws:mq/broker:Broker": Restart(
        frozenset({"engineVersion", "hostInstanceType"}),
        key="deploymentMode",
        value="CLUSTER_MULTI_AZ",
        spared="node by node, two keep running",
    ),
    "aws:rds/instance:Instance": Restart(
        frozenset({"engineVersion", "instanceClass", "port"}),
        key="multiAz",
        value=True,
        spared="the standby takes over in one to two minutes",
        always=frozenset({"engineVersion", "port"}),
    ),
}


def outage(token: str, inputs: Inputs) -> str:
    """What people notice of a replacement or deletion; empty where that is nothing."""
    return "" if _is_copy(inputs) else OUTAGES.get(token, "")


def restart(token: str, inputs: Inputs, changed: Iterable[str]) -> str:
    """The restart that an update of these properties causes; empty where it causes none."""
    described = RESTARTS.get(token)
    causes = described.properties & set(changed) if described else frozenset[str]()
    if described is None or not causes or _is_copy(inputs):
        return ""
    when = "at once" if inputs.get("applyImmediately") else "in the maintenance window"
    spared = inputs.get(described.key) == described.value and not causes & described.always
    how = described.spared if spared else "away for minutes"
    return f"restarts {when} ({', '.join(sorted(causes))}): {how}"


def _is_copy(inputs: Inputs) -> bool:
    """Whether it is a read replica, without which readers use the database itself."""
    return bool(inputs.get("replicateSourceDb"))
