"""PostgreSQL databases and their proxies (RDS)."""

from __future__ import annotations

from resource_types.model import Creation, DataStore, Inputs, ResourceType, Service, arn
from resource_types.refusals import NameKept, Needed, Properties, Unchangeable, Undeletable, taken
from resource_types.scope import scope


def _endpoint(creation: Creation) -> str:
    host = f"{creation.name}.{creation.hex(12)}.{creation.region}.rds.amazonaws.com"
    return f"{host}:{creation.inputs['port'] or 5432}"


def _master_user_secrets(creation: Creation) -> list[dict[str, str]]:
    if not creation.inputs["manageMasterUserPassword"]:
        return []
    account = f"arn:aws:secretsmanager:{creation.region}:{creation.account}"
    return [
        {
            "kmsKeyId": creation.inputs["masterUserSecretKmsKeyId"] or creation.uuid,
            "secretArn": f"{account}:secret:rds!db-{creation.uuid}-{creation.hex(6)}",
            "secretStatus": "active",
        }
    ]


def _summary(inputs: Inputs) -> str:
    source = inputs.get("replicateSourceDb")
    if source:
        return f"{inputs.get('instanceClass')}, read replica"
    storage = f"{inputs.get('allocatedStorage')}-{inputs.get('maxAllocatedStorage')} GiB"
    multi_az = "Multi-AZ" if inputs.get("multiAz") else "one zone"
    version = f"PostgreSQL {inputs.get('engineVersion')}"
    return f"{version}, {inputs.get('instanceClass')}, {storage}, {multi_az}"


def _version(properties: Properties) -> list[int]:
    return [int(part) for part in str(properties.get("engineVersion") or 0).split(".")]


def _is_downgraded(old: Properties, new: Properties) -> bool:
    """A version that names no minor one asks for no particular one."""
    given = _version(new)
    return given < _version(old)[: len(given)]


def _changes_major_unallowed(old: Properties, new: Properties) -> bool:
    return _version(new)[0] > _version(old)[0] and not new.get("allowMajorVersionUpgrade")


TYPES = (
    ResourceType(
        "aws:rds/subnetGroup:SubnetGroup",
        read="rds: DescribeDBSubnetGroups ListTagsForResource",
        write=(
            "rds: CreateDBSubnetGroup ModifyDBSubnetGroup DeleteDBSubnetGroup AddTagsToResource "
            "RemoveTagsFromResource"
        ),
        replace_on_changes="name namePrefix",
        id="{name}",
        outputs={
            "arn": arn("rds", "subgrp:{name}"),
            "vpcId": "vpc-{hex17}",
        },
        name_property="name",
        refusals=(
            taken(
                "name",
                "DBSubnetGroupAlreadyExists: The DB subnet group '{name}' already exists.",
                "RDS API, CreateDBSubnetGroup",
            ),
            Needed(
                users={"aws:rds/instance:Instance": "dbSubnetGroupName"},
                error=(
                    "InvalidDBSubnetGroupStateFault: Cannot delete the subnet group '{name}' "
                    "because at least one database instance is still using it."
                ),
                source="RDS API, DeleteDBSubnetGroup, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:rds/parameterGroup:ParameterGroup",
        read="rds: DescribeDBParameterGroups DescribeDBParameters ListTagsForResource",
        write=(
            "rds: CreateDBParameterGroup ModifyDBParameterGroup ResetDBParameterGroup "
            "DeleteDBParameterGroup AddTagsToResource RemoveTagsFromResource"
        ),
        replace_on_changes="name namePrefix family description",
        id="{name}",
        outputs={"arn": arn("rds", "pg:{name}")},
        name_property="name",
        refusals=(
            taken(
                "name",
                "DBParameterGroupAlreadyExists: Parameter group {name} already exists",
                "RDS API, CreateDBParameterGroup",
            ),
            Needed(
                users={"aws:rds/instance:Instance": "parameterGroupName"},
                error=(
                    "InvalidDBParameterGroupState: One or more database instances are still "
                    "members of this parameter group {name}, so the group cannot be deleted"
                ),
                source="RDS API, DeleteDBParameterGroup, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:rds/instance:Instance",
        read="rds: DescribeDBInstances ListTagsForResource",
        write=(
            "rds: CreateDBInstance CreateDBInstanceReadReplica ModifyDBInstance RebootDBInstance "
            "DeleteDBInstance CreateDBSnapshot AddTagsToResource RemoveTagsFromResource; "
            "kms: DescribeKey CreateGrant Decrypt GenerateDataKey; "
            "secretsmanager: CreateSecret TagResource"
        ),
        passes_role_to="monitoring.rds.amazonaws.com",
        service_linked_role="rds.amazonaws.com",
        replace_on_changes=(
            "availabilityZone backupTarget characterSetName customIamInstanceProfile dbName "
            "engine kmsKeyId restoreToPointInTime snapshotIdentifier storageEncrypted timezone "
            "username"
        ),
        id="db-{hex26}",
        outputs={
            "address": "{name}.{hex12}.{region}.rds.amazonaws.com",
            "arn": arn("rds", "db:{name}"),
            "endpoint": _endpoint,
            "engineVersionActual": "{inputs[engineVersion]}",
            "hostedZoneId": "Z{hex12}",
            "masterUserSecrets": _master_user_secrets,
            "port": 5432,
            "replicas": [],
            "resourceId": "{id}",
            "status": "available",
        },
        name_property="identifier",
        data=DataStore(
            "the database and every row in it",
            copy_of="replicateSourceDb",
            optionally_public=True,
        ),
        summary=_summary,
        # terraform-provider-aws, internal/service/rds/instance.go, master_user_secret: computed,
        # so that a plan repeats what was so before; read again after the update.
        made_with={"masterUserSecrets": "manageMasterUserPassword"},
        # The same file, allocated_storage.
        grows={"allocatedStorage": "maxAllocatedStorage"},
        refusals=(
            taken(
                "identifier",
                "DBInstanceAlreadyExists: DB instance already exists",
                "RDS API, CreateDBInstance",
            ),
            Undeletable(
                when=lambda p: bool(p.get("deletionProtection")),
                error=(
                    "InvalidParameterCombination: Cannot delete protected DB Instance, please "
                    "disable deletion protection and try again."
                ),
                source="RDS API, ModifyDBInstance, DeletionProtection",
            ),
            NameKept(
                path="finalSnapshotIdentifier",
                refused="deletion",
                unless=lambda p: bool(p.get("skipFinalSnapshot") or p.get("replicateSourceDb")),
                error=(
                    "DBSnapshotAlreadyExists: Cannot create the snapshot because a snapshot with "
                    "the identifier {finalSnapshotIdentifier} already exists."
                ),
                source="RDS API, DeleteDBInstance, Errors",
            ),
            Unchangeable(
                when=_is_downgraded,
                error="InvalidParameterCombination: Cannot upgrade postgres to {engineVersion}",
                source="RDS API, ModifyDBInstance, EngineVersion",
            ),
            Unchangeable(
                when=_changes_major_unallowed,
                error=(
                    "InvalidParameterCombination: The AllowMajorVersionUpgrade flag must be "
                    "present when upgrading to a new major version."
                ),
                source="RDS API, ModifyDBInstance, AllowMajorVersionUpgrade",
            ),
        ),
    ),
    ResourceType(
        "aws:rds/proxy:Proxy",
        read="rds: DescribeDBProxies ListTagsForResource",
        write=(
            "rds: CreateDBProxy ModifyDBProxy DeleteDBProxy AddTagsToResource "
            "RemoveTagsFromResource"
        ),
        passes_role_to="rds.amazonaws.com",
        in_pull_requests=False,
        replace_on_changes="engineFamily vpcSubnetIds",
        id="{name}",
        outputs={
            "arn": arn("rds", "db-proxy:prx-{hex17}"),
            "endpoint": "{name}.proxy-{hex12}.{region}.rds.amazonaws.com",
        },
        name_property="name",
        summary=lambda _: "TLS required",
        refusals=(
            taken(
                "name",
                "DBProxyAlreadyExistsFault: DB Proxy {name} already exists",
                "RDS API, CreateDBProxy",
            ),
        ),
    ),
    ResourceType(
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
        read="rds: DescribeDBProxyTargetGroups",
        write="rds: ModifyDBProxyTargetGroup",
        in_pull_requests=False,
        replace_on_changes="dbProxyName",
        id="{inputs[dbProxyName]}",
        outputs={
            "arn": arn("rds", "target-group:prx-tg-{hex17}"),
            "name": "default",
        },
    ),
    ResourceType(
        "aws:rds/proxyTarget:ProxyTarget",
        read="rds: DescribeDBProxyTargets",
        write="rds: RegisterDBProxyTargets DeregisterDBProxyTargets",
        in_pull_requests=False,
        replace_on_changes=("dbProxyName targetGroupName dbInstanceIdentifier dbClusterIdentifier"),
        id=(
            "{inputs[dbProxyName]}/{inputs[targetGroupName]}/RDS_INSTANCE/"
            "{inputs[dbInstanceIdentifier]}"
        ),
        outputs={
            "rdsResourceId": "{inputs[dbInstanceIdentifier]}",
            "type": "RDS_INSTANCE",
            "port": 5432,
        },
    ),
)

_RDS_READ = (":db:*", ":pg:*", ":subgrp:*", ":db-proxy:*", ":target-group:*")
_RDS_BY_ID = (":pg:*", ":db-proxy:*")
SCOPES = (
    scope(r"rds: Describe\w+ ListTagsForResource", *_RDS_READ),
    scope("rds: CreateDBProxy", "*", when="request_tags"),
    scope("rds: CreateDBParameterGroup", ":pg:*", when="request_tags"),
    scope("rds: AddTagsToResource", *_RDS_BY_ID, when="first_tagging"),
    scope(
        r"rds: \w+DBParameterGroup \w+DBProxy \w+DBInstance CreateDBInstanceReadReplica "
        r"DeregisterDBProxyTargets \w+TagsToResource \w+TagsFromResource",
        *_RDS_BY_ID,
        when="resource_tags",
    ),
    # A proxy's only target group has no tags.
    scope(r"rds: ModifyDBProxyTargetGroup \w+DBProxyTargets", ":target-group:*"),
    scope(
        r"rds: \w+DBInstance CreateDBInstanceReadReplica \w+DBSubnetGroup CreateDBSnapshot "
        r"\w+TagsToResource \w+TagsFromResource DeregisterDBProxyTargets",
        ":db:{n}",
        ":subgrp:{n}",
        ":snapshot:{n}",
        ":og:default*",
    ),
)
SERVICE = Service("data", TYPES, scopes=SCOPES)
