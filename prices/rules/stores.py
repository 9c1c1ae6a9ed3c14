"""Databases, caches, brokers, queues, buckets and file systems."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prices.charge import Charge, Planned, unknown
from prices.rules.rule import Rule
from prices.stack import Stack

DATABASE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"


def database(resource: Planned, stack: Stack) -> Iterator[Charge]:
    """A replica has the storage of its source."""
    inputs, zones = resource.inputs, zones_of(resource)
    source = _source_of(resource, stack)
    storage = inputs if source is None else {**source.inputs, **inputs}
    yield Charge(f"rds/{inputs['instanceClass']}/{zones}-hour", stack.usage.hours)
    yield Charge(
        f"rds/{storage['storageType']}/{zones}-gb-month", float(storage["allocatedStorage"])
    )
    if source is None:
        yield Charge("rds/backup-gb-month", stack.usage.database_backup_gib)
    if inputs.get("manageMasterUserPassword"):
        yield Charge("secretsmanager/secret-month", 1)
    if inputs.get("monitoringInterval"):
        yield unknown("RDS Enhanced Monitoring", "its logs depend on the processes")


def zones_of(resource: Planned) -> str:
    return "multi-az" if resource.inputs.get("multiAz") else "single-az"


def _source_of(replica: Planned, stack: Stack) -> Planned | None:
    identifier = replica.inputs.get("replicateSourceDb")
    if not identifier:
        return None
    found = (d for d in stack.of_type(DATABASE) if d.inputs.get("identifier") == identifier)
    return next(found, None) or next(
        (d for d in stack.of_type(DATABASE) if not d.inputs.get("replicateSourceDb")), None
    )


def proxy(resource: Planned, stack: Stack) -> Iterator[Charge]:
    """By the vCPUs of the instance behind it: two, and at larger sizes four times their number."""
    classes = [
        str(one.inputs["instanceClass"])
        for one in stack.of_type(DATABASE)
        if not one.inputs.get("replicateSourceDb")
    ]
    size = re.search(r"\.(\d*)xlarge$", classes[0])
    vcpus = 4 * int(size.group(1) or 1) if size else 2
    yield Charge("rds/proxy-vcpu-hour", vcpus * stack.usage.hours)


def cache(resource: Planned, stack: Stack) -> Iterator[Charge]:
    inputs = resource.inputs
    nodes = int(inputs.get("numCacheClusters") or 1)
    name = f"elasticache/{inputs.get('engine')}/{inputs['nodeType']}/hour"
    yield Charge(name, nodes * stack.usage.hours)
    if int(inputs.get("snapshotRetentionLimit") or 0) > 1:
        yield unknown("ElastiCache snapshots", "their size depends on the data")


def broker(resource: Planned, stack: Stack) -> Iterator[Charge]:
    inputs = resource.inputs
    mode = "cluster" if inputs.get("deploymentMode") == "CLUSTER_MULTI_AZ" else "single"
    engine = str(inputs.get("engineType")).lower()
    yield Charge(f"mq/{engine}/{inputs['hostInstanceType']}/{mode}-hour", stack.usage.hours)
    yield unknown("Amazon MQ storage", "its size depends on the messages")


def queue(resource: Planned, stack: Stack) -> Iterator[Charge]:
    kind = "fifo" if resource.inputs.get("fifoQueue") else "standard"
    yield Charge(f"sqs/{kind}/million-requests", stack.usage.queue_requests_millions)


def bucket(resource: Planned, stack: Stack) -> Iterator[Charge]:
    yield Charge("s3/gb-month", stack.usage.bucket_gib)


def file_system(resource: Planned, stack: Stack) -> Iterator[Charge]:
    yield Charge("efs/gb-month", stack.usage.volume_gib)
    if resource.inputs.get("throughputMode") == "elastic":
        yield unknown("EFS throughput", "it depends on what is read and written")


def volume_backups(resource: Planned, _: Stack) -> Iterator[Charge]:
    if resource.inputs["backupPolicy"]["status"] == "ENABLED":
        yield unknown("EFS backups", "their size depends on what changes")


RULES: dict[str, Rule] = {
    DATABASE: database,
    "aws:rds/proxy:Proxy": proxy,
    CACHE: cache,
    "aws:mq/broker:Broker": broker,
    "aws:sqs/queue:Queue": queue,
    "aws:s3/bucket:Bucket": bucket,
    "aws:efs/fileSystem:FileSystem": file_system,
    "aws:efs/backupPolicy:BackupPolicy": volume_backups,
}
