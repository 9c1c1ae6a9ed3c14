"""Where data is: private, encrypted, and kept in production."""

from __future__ import annotations

from collections.abc import Iterator

from policies.rule import Context, Inputs, Rule, is_known, is_off, is_on
from resource_types.catalog import TYPES

RDS = "aws:rds/instance:Instance"
RDS_PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
CACHE_PARAMETERS = "aws:elasticache/parameterGroup:ParameterGroup"
MQ = "aws:mq/broker:Broker"
QUEUE = "aws:sqs/queue:Queue"
FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
BACKUP_POLICY = "aws:efs/backupPolicy:BackupPolicy"
PUBLIC_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OPTIONALLY_PUBLIC = tuple(
    token for token, type_ in TYPES.items() if type_.data and type_.data.optionally_public
)
PUBLIC_ACCESS_FLAGS = (
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
)


def private(inputs: Inputs, _: Context) -> Iterator[str]:
    if is_on(inputs, "publiclyAccessible"):
        yield "is reachable from the internet"


def rds_encrypted(inputs: Inputs, _: Context) -> Iterator[str]:
    if is_off(inputs, "storageEncrypted"):
        yield "is not encrypted (storageEncrypted)"


def rds_multi_az(inputs: Inputs, context: Context) -> Iterator[str]:
    if context.is_production and not _is_replica(inputs) and is_off(inputs, "multiAz"):
        yield "has no standby in production: set plataforma:database.multiAz to true"


def rds_deletion_protection(inputs: Inputs, context: Context) -> Iterator[str]:
    if context.is_production and not _is_replica(inputs) and is_off(inputs, "deletionProtection"):
        yield "may be deleted in production (deletionProtection)"


def rds_final_snapshot(inputs: Inputs, context: Context) -> Iterator[str]:
    if context.is_production and not _is_replica(inputs) and is_on(inputs, "skipFinalSnapshot"):
        yield "leaves no final snapshot in production (skipFinalSnapshot)"


def rds_backups(inputs: Inputs, context: Context) -> Iterator[str]:
    days, least = inputs.get("backupRetentionPeriod"), 7 if context.is_production else 1
    if _is_replica(inputs) or not is_known(days):
        return
    if not isinstance(days, int | float) or days < least:
        yield (
            f"keeps backups for {days or 0} days, {least} at least in {context.environment}: "
            "plataforma:database.backups.retentionDays"
        )


def _is_replica(inputs: Inputs) -> bool:
    return bool(inputs.get("replicateSourceDb"))


def rds_tls(inputs: Inputs, _: Context) -> Iterator[str]:
    if str(inputs.get("family", "")).startswith("postgres") and _parameter(
        inputs, "rds.force_ssl"
    ) not in ("1", None):
        yield "accepts connections without TLS (rds.force_ssl)"


def cache_encrypted(inputs: Inputs, _: Context) -> Iterator[str]:
    if is_off(inputs, "transitEncryptionEnabled"):
        yield "accepts connections without TLS (transitEncryptionEnabled)"
    if is_off(inputs, "atRestEncryptionEnabled"):
        yield "is not encrypted at rest (atRestEncryptionEnabled)"


def cache_failover(inputs: Inputs, context: Context) -> Iterator[str]:
    if context.is_production and is_off(inputs, "automaticFailoverEnabled"):
        yield "has no replica to fail over to in production: plataforma:cache.replicas"


def cache_keeps_jobs(inputs: Inputs, _: Context) -> Iterator[str]:
    policy = _parameter(inputs, "maxmemory-policy")
    if policy != "noeviction" and is_known(policy):
        yield f"evicts keys ({policy or 'by default'}): BullMQ would lose jobs; it needs noeviction"


def _parameter(inputs: Inputs, name: str) -> str | None:
    parameters = inputs.get("parameters")
    for parameter in parameters if isinstance(parameters, list | tuple) else ():
        if isinstance(parameter, dict) and parameter.get("name") == name:
            return str(parameter.get("value"))
    return None


def broker_cluster(inputs: Inputs, context: Context) -> Iterator[str]:
    if context.is_production and inputs.get("deploymentMode") == "SINGLE_INSTANCE":
        yield "is one node in production: plataforma:broker.deployment: cluster"


def queue_encrypted(inputs: Inputs, _: Context) -> Iterator[str]:
    if not inputs.get("kmsMasterKeyId") and is_off(inputs, "sqsManagedSseEnabled"):
        yield "is not encrypted (kmsMasterKeyId)"


def queue_redrive(inputs: Inputs, _: Context) -> Iterator[str]:
    name = str(inputs.get("name", "")).removesuffix(".fifo")
    if is_known(name) and not name.endswith("-dlq") and not inputs.get("redrivePolicy"):
        yield "has no dead-letter queue (redrivePolicy): a poison message would never leave it"


def bucket_private(inputs: Inputs, _: Context) -> Iterator[str]:
    for flag in PUBLIC_ACCESS_FLAGS:
        if is_off(inputs, flag):
            yield f"lets the bucket become public ({flag})"


def file_system_encrypted(inputs: Inputs, _: Context) -> Iterator[str]:
    if is_off(inputs, "encrypted"):
        yield "is not encrypted (encrypted)"


def file_system_backups(inputs: Inputs, context: Context) -> Iterator[str]:
    policy = inputs.get("backupPolicy")
    status = policy.get("status") if isinstance(policy, dict) else None
    if context.is_production and status == "DISABLED":
        yield "keeps no backups in production: plataforma:volumes.<name>.backups"


RULES = (
    Rule(
        "data-store-private",
        "mandatory",
        "No public data store.",
        OPTIONALLY_PUBLIC,
        private,
    ),
    Rule("rds-encrypted", "mandatory", "RDS storage is encrypted.", (RDS,), rds_encrypted),
    Rule("rds-multi-az", "mandatory", "Multi-AZ in production.", (RDS,), rds_multi_az),
    Rule(
        "rds-deletion-protection",
        "mandatory",
        "Deletion protection in production.",
        (RDS,),
        rds_deletion_protection,
    ),
    Rule("rds-final-snapshot", "mandatory", "A last snapshot.", (RDS,), rds_final_snapshot),
    Rule("rds-backups", "mandatory", "Backups are kept long enough.", (RDS,), rds_backups),
    Rule("rds-tls", "mandatory", "PostgreSQL forces TLS.", (RDS_PARAMETERS,), rds_tls),
    Rule("cache-encrypted", "mandatory", "TLS and encryption at rest.", (CACHE,), cache_encrypted),
    Rule("cache-failover", "mandatory", "A replica in production.", (CACHE,), cache_failover),
    Rule("cache-noeviction", "mandatory", "No eviction.", (CACHE_PARAMETERS,), cache_keeps_jobs),
    Rule("broker-cluster", "mandatory", "A cluster in production.", (MQ,), broker_cluster),
    Rule("queue-encrypted", "mandatory", "Queues are encrypted.", (QUEUE,), queue_encrypted),
    Rule("queue-redrive", "mandatory", "Queues have a dead-letter queue.", (QUEUE,), queue_redrive),
    Rule(
        "bucket-private", "mandatory", "No public bucket.", (PUBLIC_ACCESS_BLOCK,), bucket_private
    ),
    Rule(
        "file-system-encrypted",
        "mandatory",
        "File systems are encrypted.",
        (FILE_SYSTEM,),
        file_system_encrypted,
    ),
    Rule(
        "file-system-backups",
        "mandatory",
        "File systems are backed up in production.",
        (BACKUP_POLICY,),
        file_system_backups,
    ),
)
