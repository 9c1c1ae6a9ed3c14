"""SIMULATION, not AWS: services whose deployments ECS rolls back, as the AWS provider answers.

terraform-provider-aws waits for the service deployment, and ends a rolled-back one with its
statusReason as an error (internal/service/ecs/service.go, findDeploymentStatus). The bridge hands
it on as a failed initialization with the new state (pulumi-terraform-bridge 3.124.0,
pkg/tfbridge/provider.go).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from simulation.provider import Servicer
from simulation.wire import properties

SERVICE = "aws:ecs/service:Service"
REASON = "Service deployment rolled back because the circuit breaker threshold was exceeded."
Made = provider_pb2.CreateResponse | provider_pb2.UpdateResponse


def failing(services: Collection[str]) -> type[Servicer]:
    """The provider, in whose AWS the deployments of these services fail."""

    class Failing(Servicer):
        def Create(
            self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
        ) -> provider_pb2.CreateResponse:
            created = super().Create(request, context)
            if not request.preview:
                _end(services, request.urn, created.id, created, context)
            return created

        def Update(
            self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
        ) -> provider_pb2.UpdateResponse:
            updated = super().Update(request, context)
            if not request.preview:
                _end(services, request.urn, request.id, updated, context)
            return updated

    return Failing


def _end(services: Collection[str], urn: str, resource_id: str, made: Made, context: Any) -> None:
    """Fails the call where the deployment of the service fails."""
    if urn.split("::")[2].rpartition("$")[2] != SERVICE:
        return
    if properties(made.properties)["name"] not in services:
        return
    failure = provider_pb2.ErrorResourceInitFailed(
        id=resource_id, properties=made.properties, reasons=[f"updating {urn}: {REASON}"]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=REASON)
    status.details.add().Pack(failure)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, REASON)
