"""What data is destroyed with a resource."""

from __future__ import annotations

from collections.abc import Mapping

from resource_types.catalog import TYPES
from resource_types.model import DataStore, Inputs

OTHER_DATA_STORES = {
    "aws:rds/cluster:Cluster": "the database cluster and every row in it",
    "aws:rds/clusterInstance:ClusterInstance": "a database instance",
    "aws:elasticache/cluster:Cluster": "everything in the cache: sessions, queued jobs",
    "aws:elasticache/serverlessCache:ServerlessCache": (
        "everything in the cache: sessions, queued jobs"
    ),
    "aws:memorydb/cluster:Cluster": "everything in MemoryDB",
    "aws:s3/bucketV2:BucketV2": "the bucket and its objects",
    "aws:dynamodb/table:Table": "the table and its items",
    "aws:ebs/volume:Volume": "the volume and its files",
    "aws:ecr/repository:Repository": "the repository and its images",
    "aws:opensearch/domain:Domain": "the domain and its documents",
    "aws:route53/zone:Zone": "the zone and its records",
    "aws:cognito/userPool:UserPool": "the user pool and its users",
    "aws:backup/vault:Vault": "the vault and its recovery points",
    "aws:docdb/cluster:Cluster": "the cluster and its documents",
    "aws:kinesis/stream:Stream": "the stream and its records",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "the file system and its files",
}
"""Types that no stack of this repository has, for stacks that add one."""
DATA_STORES: Mapping[str, DataStore] = {
    **{token: described.data for token, described in TYPES.items() if described.data},
    **{token: DataStore(lost) for token, lost in OTHER_DATA_STORES.items()},
}


def data_lost(token: str, inputs: Inputs) -> str:
    """The data that the deletion of a resource destroys, empty where it destroys none."""
    store = DATA_STORES.get(token)
    if store is None or (store.copy_of and inputs.get(store.copy_of)):
        return ""
    return store.lost
