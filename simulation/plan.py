"""A plan: what a preview would create, the same for both engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Operation = Literal["create", "same", "update", "replace", "delete", "read"]
Engine = Literal["process", "pulumi"]


@dataclass(frozen=True)
class PlannedResource:
    """One resource of a plan.

    `type` is the Pulumi token (`aws:ecs/service:Service`), `parent` the parent's URN (empty for the
    stack), `inputs` the properties as the engine knows them (camelCase; secrets are replaced by
    "[secret]", values unknown before creation by a placeholder string `${name.property}`).
    """

    urn: str
    type: str
    name: str
    parent: str
    inputs: Mapping[str, Any]
    custom: bool = True
    operation: Operation = "create"


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
