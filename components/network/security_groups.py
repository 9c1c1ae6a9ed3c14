"""Security groups, and the rules that allow a port from one group to another."""

from __future__ import annotations

from typing import Literal

import pulumi
import pulumi_aws as aws

Protocol = Literal["tcp", "udp"]


def security_group(
    name: str, vpc_id: pulumi.Input[str], description: str, parent: pulumi.Resource
) -> aws.ec2.SecurityGroup:
    """Makes: ec2.SecurityGroup, with no rule in either direction."""
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
    """Allows connections from group `source` to `port` of group `target`.

    Makes: vpc.SecurityGroupIngressRule of the target, SecurityGroupEgressRule of the source.
    """
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
    """Allows connections from group `source` to `port` (TCP) of any address.

    Makes: vpc.SecurityGroupEgressRule.
    """
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
