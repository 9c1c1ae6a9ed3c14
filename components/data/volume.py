"""A file system for the files of services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.network.network import Network
from components.network.security_groups import security_group
from components.shared import iam
from components.shared.context import Context
from components.shared.link import Endpoint, Link, Volume
from components.shared.ordering import after
from settings.stores.volumes import VolumeSettings

NFS_PORT = 2049
OWNER = 1000
"""User and group that own every file, whatever user a container runs as: EFS replaces a client's
by those of its access point (Amazon EFS User Guide, "Enforcing a user identity")."""
DIRECTORY = "/files"
"""EFS makes the directory of an access point, with its owner, but not the file system's root."""


@dataclass(frozen=True)
class VolumeArgs:
    """`volume` is its name in the stack file, `key_arn` the KMS key that encrypts it."""

    volume: str
    settings: VolumeSettings
    network: Network
    key_arn: pulumi.Input[str]


class FileSystem(pulumi.ComponentResource):
    """An encrypted file system that the services of the stack share.

    Makes: efs.FileSystem, a MountTarget in each isolated subnet and their security group,
    FileSystemPolicy (TLS required, nobody without an IAM role), BackupPolicy; and an
    efs.AccessPoint for each service. In production the file system, its policies and its backups
    stay in the account when it leaves the stack; what is in the VPC goes with that.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        args: VolumeArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:data:Volume", name, None, opts)
        self._name, self._args = name, args
        self._file_system = aws.efs.FileSystem(
            name,
            encrypted=True,
            kms_key_id=args.key_arn,
            throughput_mode=args.settings.throughput,
            tags={"Name": context.names.service(args.volume)},
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=context.is_production),
        )
        group = security_group(name, args.network.vpc_id, f"Volume {args.volume}", parent=self)
        self._endpoint = Endpoint(name, group.id, NFS_PORT)
        parts = [self._policy(), self._backup_policy(), *self._mount_targets(group)]
        self._id = after(self._file_system.id, parts)
        self.register_outputs({"fileSystemId": self._file_system.id})

    def link(self, service: str, path: str) -> Link:
        """For a service that has the files at `path`. Makes its access point."""
        access_point = aws.efs.AccessPoint(
            f"{self._name}-{service}",
            file_system_id=self._file_system.id,
            posix_user={"uid": OWNER, "gid": OWNER},
            root_directory={
                "path": DIRECTORY,
                "creation_info": {"owner_uid": OWNER, "owner_gid": OWNER, "permissions": "0755"},
            },
            opts=self._with_the_stack(),
        )
        through = {"StringEquals": {"elasticfilesystem:AccessPointArn": access_point.arn}}
        use = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
        return Link(
            self._name,
            statements=[iam.allow(use, [self._file_system.arn], through)],
            endpoints=[self._endpoint],
            volumes=[Volume(self._args.volume, path, self._id, access_point.id)],
        )

    def _with_the_stack(self) -> pulumi.ResourceOptions:
        """A child of a resource that stays would stay too, and hold the VPC."""
        return pulumi.ResourceOptions(parent=self._file_system, retain_on_delete=False)

    def _policy(self) -> pulumi.Resource:
        """Any policy takes the place of EFS's default one, which lets every client in that reaches
        a mount target (Amazon EFS User Guide, "Using IAM to control access to file systems")."""
        statement: dict[str, Any] = {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "*",
            "Resource": self._file_system.arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        return aws.efs.FileSystemPolicy(
            self._name,
            file_system_id=self._file_system.id,
            policy=iam.document([statement]),
            opts=pulumi.ResourceOptions(parent=self._file_system),
        )

    def _backup_policy(self) -> pulumi.Resource:
        return aws.efs.BackupPolicy(
            self._name,
            file_system_id=self._file_system.id,
            backup_policy={"status": "ENABLED" if self._args.settings.backups else "DISABLED"},
            opts=pulumi.ResourceOptions(parent=self._file_system),
        )

    def _mount_targets(self, group: aws.ec2.SecurityGroup) -> list[pulumi.Resource]:
        network = self._args.network
        return [
            aws.efs.MountTarget(
                f"{self._name}-{number + 1}",
                file_system_id=self._file_system.id,
                subnet_id=network.isolated_subnet_ids[number],
                security_groups=[group.id],
                opts=self._with_the_stack(),
            )
            for number in range(network.isolated_subnets)
        ]
