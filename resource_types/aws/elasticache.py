"""Caches (ElastiCache)."""

from __future__ import annotations

from resource_types.model import Creation, DataStore, Inputs, ResourceType, Service, arn
from resource_types.refusals import NameKept, Needed, taken
from resource_types.scope import scope
from resource_types.words import counted


def _member_clusters(creation: Creation) -> list[str]:
    count = creation.inputs["numCacheClusters"] or 1
    return [f"{creation.name}-{number:03}" for number in range(1, int(count) + 1)]


def _summary(inputs: Inputs) -> str:
    replicas = int(inputs.get("numCacheClusters") or 1) - 1
    count = counted(replicas, "replica") if replicas else "no replica"
    return f"{inputs.get('engine')}, {inputs.get('nodeType')}, {count}"


TYPES = (
    ResourceType(
        "aws:elasticache/subnetGroup:SubnetGroup",
        read="elasticache: DescribeCacheSubnetGroups ListTagsForResource",
        write=(
            "elasticache: CreateCacheSubnetGroup ModifyCacheSubnetGroup DeleteCacheSubnetGroup "
            "AddTagsToResource RemoveTagsFromResource"
        ),
        replace_on_changes="name",
        id="{name}",
        outputs={
            "arn": arn("elasticache", "subnetgroup:{name}"),
            "vpcId": "vpc-{hex17}",
        },
        name_property="name",
        refusals=(
            taken(
                "name",
                "CacheSubnetGroupAlreadyExists: Cache subnet group {name} already exists.",
                "ElastiCache API, CreateCacheSubnetGroup",
            ),
            Needed(
                users={"aws:elasticache/replicationGroup:ReplicationGroup": "subnetGroupName"},
                error="CacheSubnetGroupInUse: Cache subnet group {name} is currently in use",
                source="ElastiCache API, DeleteCacheSubnetGroup, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:elasticache/parameterGroup:ParameterGroup",
        read=(
            "elasticache: DescribeCacheParameterGroups DescribeCacheParameters ListTagsForResource"
        ),
        write=(
            "elasticache: CreateCacheParameterGroup ModifyCacheParameterGroup "
            "ResetCacheParameterGroup DeleteCacheParameterGroup AddTagsToResource "
            "RemoveTagsFromResource"
        ),
        replace_on_changes="name family description",
        id="{name}",
        outputs={"arn": arn("elasticache", "parametergroup:{name}")},
        name_property="name",
        refusals=(
            taken(
                "name",
                "CacheParameterGroupAlreadyExists: Cache parameter group {name} already exists.",
                "ElastiCache API, CreateCacheParameterGroup",
            ),
            Needed(
                users={"aws:elasticache/replicationGroup:ReplicationGroup": "parameterGroupName"},
                error=(
                    "InvalidCacheParameterGroupState: One or more cache clusters are still "
                    "members of this parameter group {name}, so the group cannot be deleted."
                ),
                source="ElastiCache API, DeleteCacheParameterGroup, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        read=("elasticache: DescribeReplicationGroups DescribeCacheClusters ListTagsForResource"),
        write=(
            "elasticache: CreateReplicationGroup ModifyReplicationGroup DeleteReplicationGroup "
            "IncreaseReplicaCount DecreaseReplicaCount AddTagsToResource RemoveTagsFromResource; "
            "kms: DescribeKey CreateGrant Decrypt GenerateDataKey; "
            "logs: CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery "
            "ListLogDeliveries PutResourcePolicy DescribeResourcePolicies DescribeLogGroups"
        ),
        service_linked_role="elasticache.amazonaws.com",
        replace_on_changes=(
            "replicationGroupId atRestEncryptionEnabled dataTieringEnabled engine kmsKeyId "
            "networkType port snapshotArns snapshotName subnetGroupName"
        ),
        id="{name}",
        outputs={
            "arn": arn("elasticache", "replicationgroup:{name}"),
            "clusterEnabled": False,
            "configurationEndpointAddress": "clustercfg.{name}.{hex6}.{region}.cache.amazonaws.com",
            "engineVersionActual": "{inputs[engineVersion]}",
            "memberClusters": _member_clusters,
            "port": 6379,
            "primaryEndpointAddress": "master.{name}.{hex6}.{region}.cache.amazonaws.com",
            "readerEndpointAddress": "replica.{name}.{hex6}.{region}.cache.amazonaws.com",
        },
        name_property="replicationGroupId",
        data=DataStore("everything in the cache: sessions, queued jobs"),
        summary=_summary,
        refusals=(
            taken(
                "replicationGroupId",
                "ReplicationGroupAlreadyExists: {replicationGroupId} already exists.",
                "ElastiCache API, CreateReplicationGroup",
            ),
            NameKept(
                path="finalSnapshotIdentifier",
                refused="deletion",
                error=(
                    "SnapshotAlreadyExistsFault: Snapshot with specified name "
                    "{finalSnapshotIdentifier} already exists."
                ),
                source="ElastiCache API, DeleteReplicationGroup, Errors",
            ),
        ),
    ),
)

_CACHE_READ = (":replicationgroup:*", ":cluster:*", ":subnetgroup:*", ":parametergroup:*")
SCOPES = (
    scope(r"elasticache: Describe\w+ ListTagsForResource", *_CACHE_READ),
    scope("elasticache: CreateCacheParameterGroup", ":parametergroup:*", when="request_tags"),
    scope("elasticache: AddTagsToResource", ":parametergroup:*", when="first_tagging"),
    scope(
        r"elasticache: \w+CacheParameterGroup \w+ReplicationGroup \w+TagsToResource "
        r"\w+TagsFromResource",
        ":parametergroup:*",
        when="resource_tags",
    ),
    scope(
        r"elasticache: \w+ReplicationGroup \w+ReplicaCount \w+CacheSubnetGroup \w+TagsToResource "
        r"\w+TagsFromResource",
        ":replicationgroup:{n}",
        ":cluster:{n}",
        ":subnetgroup:{n}",
        ":snapshot:{n}",
    ),
)
SERVICE = Service("data", TYPES, scopes=SCOPES)
