"""What a service may connect to, and what may connect to it."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.network.security_groups import allow, allow_out, security_group
from components.service.infrastructure import Infrastructure
from components.shared.link import Endpoint


def service_security_group(
    name: str,
    infrastructure: Infrastructure,
    endpoints: Sequence[Endpoint],
    load_balanced_port: int | None,
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Allows connections from the load balancer to its port, and from the service by HTTPS and to
    the endpoints of its links and of the VPC. Returns the group's id."""
    network, edge = infrastructure.network, infrastructure.edge
    group = security_group(name, network.vpc_id, f"Service {name}", parent)
    allow_out(f"{name}-https-out", group.id, 443, parent)
    if network.endpoints_security_group_id is not None:
        endpoints = [*endpoints, Endpoint("endpoints", network.endpoints_security_group_id, 443)]
    for endpoint in endpoints:
        allow(
            f"{name}-to-{endpoint.name}",
            source=group.id,
            target=endpoint.security_group_id,
            port=endpoint.port,
            parent=parent,
        )
    if load_balanced_port is not None:
        allow(
            f"edge-to-{name}",
            source=edge.security_group_id,
            target=group.id,
            port=load_balanced_port,
            parent=parent,
        )
    return group.id
