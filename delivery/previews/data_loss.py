"""The data that the replacement or deletion of a resource destroys."""

from __future__ import annotations

from collections.abc import Mapping

from simulation.plan import PlannedResource

CACHE_DATA = "everything in the cache: sessions, queued jobs"
STATEFUL_TYPES: Mapping[str, str] = {
    "aws:rds/instance:Instance": "the database and every row in it",
    "aws:rds/cluster:Cluster": "the database cluster and every row in it",
    "aws:rds/clusterInstance:ClusterInstance": "a database instance",
    "aws:elasticache/replicationGroup:ReplicationGroup": CACHE_DATA,
    "aws:elasticache/cluster:Cluster": CACHE_DATA,
    "aws:elasticache/serverlessCache:ServerlessCache": CACHE_DATA,
    "aws:memorydb/cluster:Cluster": "everything in MemoryDB",
    "aws:mq/broker:Broker": "every message in the broker",
    "aws:sqs/queue:Queue": "every message in the queue",
    "aws:s3/bucket:Bucket": "the bucket and its objects",
    "aws:s3/bucketV2:BucketV2": "the bucket and its objects",
    "aws:kms/key:Key": "the key: what it encrypted can never be read again",
    "aws:efs/fileSystem:FileSystem": "the file system and its files",
    "aws:dynamodb/table:Table": "the table and its items",
    "aws:ebs/volume:Volume": "the volume and its files",
    "aws:cloudwatch/logGroup:LogGroup": "the log group and its lines",
    "aws:secretsmanager/secret:Secret": "the secret and its versions",
    "aws:ecr/repository:Repository": "the repository and its images",
    "aws:opensearch/domain:Domain": "the domain and its documents",
    "aws:route53/zone:Zone": "the zone and its records",
    "aws:cognito/userPool:UserPool": "the user pool and its users",
    "aws:amp/workspace:Workspace": "the workspace and its metrics",
    "aws:backup/vault:Vault": "the vault and its recovery points",
    "aws:docdb/cluster:Cluster": "the cluster and its documents",
    "aws:kinesis/stream:Stream": "the stream and its records",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "the file system and its files",
}


def data_loss(resource: PlannedResource) -> str:
    """The data that is lost with a resource. Empty where none is: it holds none, is a read replica,
    or is retained in the account when it leaves the stack."""
    if resource.retain_on_delete or resource.inputs.get("replicateSourceDb"):
        return ""
    return STATEFUL_TYPES.get(resource.type, "")
