"""Security groups, and the rules that allow a port from one group to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pulumi
import pulumi_aws as aws

ANYWHERE = "0.0.0.0/0"
Protocol = Literal["tcp", "udp"]
# A rule's port and range could change in place. As a replacement the new one opens before the old
# one closes, after the tasks have moved.
MOVED_SAFELY = ["cidrIpv4", "fromPort", "toPort"]


def security_group(
    name: str,
    vpc_id: pulumi.Input[str],
    description: str,
    parent: pulumi.Resource,
    tags: Mapping[str, str] | None = None,
    hooks: pulumi.ResourceHookBinding | None = None,
) -> aws.ec2.SecurityGroup:
    """Makes: ec2.SecurityGroup, with no rule in either direction."""
    return aws.ec2.SecurityGroup(
        name,
        vpc_id=vpc_id,
        description=description,
        revoke_rules_on_delete=True,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, hooks=hooks),
    )


def allow(
    name: str,
    *,
    source: pulumi.Input[str],
    target: pulumi.Input[str],
    port: int,
    parent: pulumi.Resource,
    protocol: Protocol = "tcp",
    depends_on: Sequence[pulumi.Resource] = (),
) -> list[pulumi.Resource]:
    """Allows connections from group `source` to `port` of group `target`.

    Makes: vpc.SecurityGroupIngressRule of the target, SecurityGroupEgressRule of the source.
    """
    opts = pulumi.ResourceOptions(
        parent=parent, replace_on_changes=MOVED_SAFELY, depends_on=list(depends_on)
    )
    return [
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=target,
            referenced_security_group_id=source,
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            description=name,
            opts=opts,
        ),
        aws.vpc.SecurityGroupEgressRule(
            name,
            security_group_id=source,
            referenced_security_group_id=target,
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            description=name,
            opts=opts,
        ),
    ]


def allow_out(
    name: str,
    source: pulumi.Input[str],
    port: int,
    parent: pulumi.Resource,
    *,
    cidr: str = ANYWHERE,
    protocol: Protocol = "tcp",
) -> pulumi.Resource:
    """Allows connections from group `source` to `port` of the addresses `cidr`.

    Makes: vpc.SecurityGroupEgressRule.
    """
    return aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=source,
        cidr_ipv4=cidr,
        ip_protocol=protocol,
        from_port=port,
        to_port=port,
        description=name,
        opts=pulumi.ResourceOptions(parent=parent, replace_on_changes=MOVED_SAFELY),
    )
