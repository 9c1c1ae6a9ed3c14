"""File systems (EFS)."""

from __future__ import annotations

from resource_types.model import DataStore, Inputs, ResourceType, Service, arn
from resource_types.refusals import Needed, Unique
from resource_types.scope import scope

FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
MOUNT_TARGET = "aws:efs/mountTarget:MountTarget"


def _summary(inputs: Inputs) -> str:
    return f"{inputs.get('throughputMode')} throughput"


TYPES = (
    ResourceType(
        FILE_SYSTEM,
        read="elasticfilesystem: DescribeFileSystems DescribeLifecycleConfiguration",
        write=(
            "elasticfilesystem: CreateFileSystem UpdateFileSystem DeleteFileSystem "
            "PutLifecycleConfiguration TagResource UntagResource; "
            "kms: DescribeKey CreateGrant Decrypt GenerateDataKeyWithoutPlaintext"
        ),
        service_linked_role="elasticfilesystem.amazonaws.com",
        replace_on_changes="availabilityZoneName creationToken encrypted kmsKeyId performanceMode",
        id="fs-{hex17}",
        outputs={
            "arn": arn("elasticfilesystem", "file-system/{id}"),
            "dnsName": "{id}.efs.{region}.amazonaws.com",
            "ownerId": "{account}",
        },
        data=DataStore("the file system and its files"),
        summary=_summary,
        refusals=(
            Needed(
                users={MOUNT_TARGET: "fileSystemId"},
                error="FileSystemInUse: file system {id} has mount targets",
                source="Amazon EFS API, DeleteFileSystem, Errors",
            ),
        ),
    ),
    ResourceType(
        MOUNT_TARGET,
        read="elasticfilesystem: DescribeMountTargets DescribeMountTargetSecurityGroups",
        write=(
            "elasticfilesystem: CreateMountTarget DeleteMountTarget "
            "ModifyMountTargetSecurityGroups; "
            "ec2: DescribeSubnets DescribeNetworkInterfaces CreateNetworkInterface "
            "DeleteNetworkInterface ModifyNetworkInterfaceAttribute"
        ),
        replace_on_changes="fileSystemId ipAddress ipAddressType ipv6Address subnetId",
        id="fsmt-{hex17}",
        outputs={
            "dnsName": "{inputs[fileSystemId]}.efs.{region}.amazonaws.com",
            "fileSystemArn": arn("elasticfilesystem", "file-system/{inputs[fileSystemId]}"),
            "networkInterfaceId": "eni-{hex17}",
            "ownerId": "{account}",
        },
        refusals=(
            Unique(
                paths="fileSystemId subnetId",
                error="MountTargetConflict: mount target already exists in this AZ",
                source="Amazon EFS API, CreateMountTarget, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:efs/accessPoint:AccessPoint",
        read="elasticfilesystem: DescribeAccessPoints",
        write=("elasticfilesystem: CreateAccessPoint DeleteAccessPoint TagResource UntagResource"),
        replace_on_changes="fileSystemId posixUser rootDirectory",
        id="fsap-{hex17}",
        outputs={
            "arn": arn("elasticfilesystem", "access-point/{id}"),
            "fileSystemArn": arn("elasticfilesystem", "file-system/{inputs[fileSystemId]}"),
            "ownerId": "{account}",
        },
    ),
    ResourceType(
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        read="elasticfilesystem: DescribeFileSystemPolicy",
        write="elasticfilesystem: PutFileSystemPolicy DeleteFileSystemPolicy",
        replace_on_changes="fileSystemId",
        id="{inputs[fileSystemId]}",
    ),
    ResourceType(
        "aws:efs/backupPolicy:BackupPolicy",
        read="elasticfilesystem: DescribeBackupPolicy",
        # EFS's own role makes the vault and the plan (AmazonElasticFileSystemServiceRolePolicy).
        write="elasticfilesystem: PutBackupPolicy",
        replace_on_changes="fileSystemId",
        id="{inputs[fileSystemId]}",
    ),
)

_KINDS = (":file-system/*", ":access-point/*")
SCOPES = (
    # Of what is deleted the tags are gone, and the provider asks until it is.
    scope(r"elasticfilesystem: Describe\w+", *_KINDS),
    scope("elasticfilesystem: CreateFileSystem", ":file-system/*", when="request_tags"),
    scope("elasticfilesystem: TagResource", *_KINDS, when="first_tagging"),
    scope(
        r"elasticfilesystem: (?!Describe|CreateFileSystem)\w+",
        *_KINDS,
        when="resource_tags",
    ),
)
SERVICE = Service("data", TYPES, scopes=SCOPES)
