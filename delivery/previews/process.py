"""What `python -m commands.preview --json` prints: a preview with no credential and no state."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from delivery.previews.data_loss import lost
from delivery.previews.grouping import group_of, is_component
from delivery.previews.model import Change, Preview, Violation
from delivery.previews.property_diff import diffs
from delivery.previews.redaction import Censor, known_secrets
from delivery.previews.waits import waits_of
from resource_types.data_loss import DATA_STORES


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PlannedResource(_Part):
    urn: str
    type: str
    name: str
    parent: str = ""
    operation: Literal["create", "same", "update", "replace", "delete", "read"] = "create"
    inputs: Mapping[str, Any] = Field(default_factory=dict[str, Any])


class PlannedViolation(_Part):
    rule: str
    enforcement: str
    resource: str = ""
    message: str = ""


class Planned(_Part):
    stack: str
    engine: Literal["process", "pulumi"]
    simulation: Literal[True]
    resources: list[PlannedResource]
    outputs: Mapping[str, Any] = Field(default_factory=dict[str, Any])
    warnings: list[str] = Field(default_factory=list[str])
    violations: list[PlannedViolation] = Field(default_factory=list[PlannedViolation])


def parse(raw: object, stack: str | None, base: object = None) -> Preview:
    """The stack as a whole, or against `base`, the same of the branch that it would be merged into.

    Errors: pydantic's ValidationError.
    """
    planned = Planned.model_validate(raw)
    before = Planned.model_validate(base) if base is not None else None
    censor = Censor([*known_secrets(raw), *known_secrets(base)])
    parents = _parents(planned) | (_parents(before) if before else {})
    changes = tuple(_changes(planned, before, parents, censor))
    now = {r.urn for r in planned.resources if not _only_holds(r)}
    changed = sum(change.operation != "delete" for change in changes)
    return Preview(
        stack=stack or planned.stack,
        engine="process",
        changes=changes,
        same=len(now) - changed,
        whole=before is None,
        compared=before is not None,
        violations=tuple(
            Violation(v.rule, v.enforcement == "mandatory", v.resource, censor.text(v.message))
            for v in planned.violations
        ),
        waits=waits_of(planned.outputs, changes),
        warnings=tuple(censor.text(text) for text in planned.warnings),
    )


def _parents(planned: Planned) -> dict[str, str]:
    return {resource.urn: resource.parent for resource in planned.resources}


def _only_holds(resource: PlannedResource) -> bool:
    return is_component(resource.urn)


def _changes(
    planned: Planned, before: Planned | None, parents: Mapping[str, str], censor: Censor
) -> Iterator[Change]:
    old = _by_urn(before.resources) if before else {}
    new = _by_urn(planned.resources)
    for urn, resource in new.items():
        change = Change("create", resource.type, resource.name, group_of(urn, parents))
        if urn not in old:
            yield change
            continue
        found = tuple(diffs(old[urn].inputs, resource.inputs, resource.type, censor))
        if found:
            stateful = resource.type in DATA_STORES
            keeps = "this may turn out to replace it, with its data" if stateful else ""
            yield dataclasses.replace(change, operation="update", diffs=found, note=keeps)
    for urn, resource in old.items():
        if urn not in new:
            ends = lost(resource.type, resource.inputs)
            group = group_of(urn, parents)
            yield Change("delete", resource.type, resource.name, group, lost=ends)


def _by_urn(resources: Sequence[PlannedResource]) -> dict[str, PlannedResource]:
    return {resource.urn: resource for resource in resources if not _only_holds(resource)}
