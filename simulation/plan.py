"""A plan: what a preview would create, the same for both engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from policies.rule import Resource

Operation = Literal["create", "same", "update", "replace", "delete", "read"]
Engine = Literal["process", "pulumi"]

STEP_OPERATIONS: Mapping[str, Operation] = {
    "create": "create",
    "import": "create",
    "update": "update",
    "delete": "delete",
    "remove-pending-replace": "delete",
    "read": "read",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
    "read-replacement": "replace",
    "discard-replaced": "replace",
}
"""The operation that each step of the engine is part of; a step of any other kind changes nothing.
Source: Pulumi, pkg/resource/deploy/step.go."""


@dataclass(frozen=True, kw_only=True)
class PlannedResource(Resource):
    """One resource of a preview, whichever engine made it.

    `type` is the Pulumi token (`aws:ecs/service:Service`), `parent` the parent's URN (empty for the
    stack), `inputs` the properties as the engine knows them (camelCase). In a plan secrets are
    replaced by "[secret]", and values unknown before creation by a placeholder string
    `${name.property}`; it leaves `outputs` out.
    """

    urn: str
    parent: str = ""
    custom: bool = True
    operation: Operation = "create"
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    protect: bool = False
    retain_on_delete: bool = False


@dataclass(frozen=True)
class Plan:
    """All resources of one stack in registration order, and the stack's outputs."""

    stack: str
    engine: Engine
    resources: tuple[PlannedResource, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    warnings: tuple[str, ...] = ()

    def of_type(self, token: str) -> Iterator[PlannedResource]:
        return (resource for resource in self.resources if resource.type == token)

    def children(self, urn: str) -> Iterator[PlannedResource]:
        return (resource for resource in self.resources if resource.parent == urn)
