"""A plan: what a preview would create, the same for both engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from policies.rule import Inputs, Resource

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

    `before`: the inputs before the change, None of what is new. `changed`: the paths that differ,
    those that get a value known after the change among them; `replace_reasons`: of these, the ones
    that force a replacement. `property_dependencies`: the URNs that each input is made of.
    """

    urn: str
    parent: str = ""
    custom: bool = True
    operation: Operation = "create"
    before: Inputs | None = None
    changed: tuple[str, ...] = ()
    replace_reasons: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]]
    )
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    protect: bool = False
    retain_on_delete: bool = False


@dataclass(frozen=True)
class Plan:
    """All resources of one stack in registration order, then those that the change deletes, and the
    stack's outputs. `against`: what it was compared with; empty where every resource is new.
    `errors`: changes that the program refuses; `encrypted`: paths of the stack file with another
    encrypted value, which `resources` show as the same."""

    stack: str
    engine: Engine
    resources: tuple[PlannedResource, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    warnings: tuple[str, ...] = ()
    against: str = ""
    errors: tuple[str, ...] = ()
    encrypted: tuple[str, ...] = ()

    @property
    def after(self) -> tuple[PlannedResource, ...]:
        """The stack's resources as they are after the change."""
        return tuple(one for one in self.resources if one.operation not in ("delete", "read"))

    @property
    def before(self) -> tuple[PlannedResource, ...]:
        """The stack's resources as they are before the change; none of a new stack."""
        return tuple(
            one if one.before is None else replace(one, inputs=one.before)
            for one in self.resources
            if one.operation not in ("create", "read")
        )

    def of_type(self, token: str) -> Iterator[PlannedResource]:
        return (resource for resource in self.resources if resource.type == token)

    def children(self, urn: str) -> Iterator[PlannedResource]:
        return (resource for resource in self.resources if resource.parent == urn)
