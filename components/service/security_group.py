"""What a service may connect to, and what may connect to it."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.network import connections
from components.service.infrastructure import Infrastructure
from components.shared.link import Endpoint


def service_security_group(
    name: str,
    infrastructure: Infrastructure,
    endpoints: Sequence[Endpoint],
    load_balanced_port: int | None,
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Open to the load balancer on its port; out to HTTPS, to its links' endpoints and to the
    VPC's. Gives the group's id."""
    network, edge = infrastructure.network, infrastructure.edge
    group = connections.security_group(name, network.vpc_id, f"Service {name}", parent)
    connections.allow_out(f"{name}-https-out", group.id, 443, parent)
    if network.endpoints_security_group_id is not None:
        endpoints = [*endpoints, Endpoint("endpoints", network.endpoints_security_group_id, 443)]
    for endpoint in endpoints:
        connections.allow(
            f"{name}-to-{endpoint.name}",
            source=group.id,
            target=endpoint.security_group_id,
            port=endpoint.port,
            parent=parent,
        )
    if load_balanced_port is not None:
        connections.allow(
            f"edge-to-{name}",
            source=edge.security_group_id,
            target=group.id,
            port=load_balanced_port,
            parent=parent,
        )
    return group.id
