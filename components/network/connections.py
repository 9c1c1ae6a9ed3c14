"""Who may reach whom: one port from one security group to another, and nothing else."""

from __future__ import annotations

from typing import Literal

import pulumi
import pulumi_aws as aws

Protocol = Literal["tcp", "udp"]


def security_group(
    name: str, vpc_id: pulumi.Input[str], description: str, parent: pulumi.Resource
) -> aws.ec2.SecurityGroup:
    """A security group that is closed both ways until something is allowed."""
    return aws.ec2.SecurityGroup(
        name,
        vpc_id=vpc_id,
        description=description,
        revoke_rules_on_delete=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def allow(
    name: str,
    *,
    source: pulumi.Input[str],
    target: pulumi.Input[str],
    port: int,
    parent: pulumi.Resource,
    protocol: Protocol = "tcp",
) -> None:
    """Lets group `source` open `port` of group `target`: the rule of either side."""
    aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=target,
        referenced_security_group_id=source,
        ip_protocol=protocol,
        from_port=port,
        to_port=port,
        description=name,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=source,
        referenced_security_group_id=target,
        ip_protocol=protocol,
        from_port=port,
        to_port=port,
        description=name,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def allow_out(name: str, source: pulumi.Input[str], port: int, parent: pulumi.Resource) -> None:
    """Lets group `source` open `port` (TCP) anywhere: for what has no fixed addresses."""
    aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=source,
        cidr_ipv4="0.0.0.0/0",
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=name,
        opts=pulumi.ResourceOptions(parent=parent),
    )
