"""What a service may connect to, and what may connect to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.network.security_groups import ANYWHERE, allow, allow_out, security_group
from components.service.infrastructure import Infrastructure
from components.service.target import Target
from components.shared.link import Endpoint
from components.shared.ordering import after
from settings.service.egress import Egress


@dataclass(frozen=True)
class ConnectionArgs:
    """`endpoints` are those of the service's links, `egress` the addresses beyond the stack."""

    infrastructure: Infrastructure
    endpoints: Sequence[Endpoint]
    egress: Sequence[Egress]
    target: Target | None


def service_security_group(
    name: str, args: ConnectionArgs, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """Allows connections from the load balancer to its port, and from the service by HTTPS, to its
    egress and to the endpoints of its links and of the VPC. Returns the group's id, for tasks that
    start when all of that is open and end before it is closed."""
    network = args.infrastructure.network
    group = security_group(name, network.vpc_id, f"Service {name}", parent)
    rules = [
        allow_out(f"{name}-https-out", group.id, 443, parent),
        *(_egress_rule(name, group, egress, parent) for egress in args.egress),
    ]
    for endpoint in _endpoints(args):
        rules += allow(
            f"{name}-to-{endpoint.name}",
            source=group.id,
            target=endpoint.security_group_id,
            port=endpoint.port,
            parent=parent,
        )
    if args.target is not None:
        rules += allow(
            f"edge-to-{name}",
            source=args.target.edge.security_group_id,
            target=group.id,
            port=args.target.port,
            parent=parent,
            # Whose hook refuses a port that can't change.
            depends_on=[args.target.blue],
        )
    return after(group.id, rules)


def _egress_rule(
    name: str, group: aws.ec2.SecurityGroup, egress: Egress, parent: pulumi.Resource
) -> pulumi.Resource:
    suffix = "" if egress.cidr == ANYWHERE else f"-{egress.cidr.replace('/', '-')}"
    return allow_out(
        f"{name}-out-{egress.protocol}-{egress.port}{suffix}",
        group.id,
        egress.port,
        parent,
        cidr=egress.cidr,
        protocol=egress.protocol,
    )


def _endpoints(args: ConnectionArgs) -> list[Endpoint]:
    vpc_endpoints = args.infrastructure.network.endpoints_security_group_id
    if vpc_endpoints is None:
        return list(args.endpoints)
    return [*args.endpoints, Endpoint("endpoints", vpc_endpoints, 443)]
