"""SIMULATION, not AWS: what one plan changes of another, as Pulumi's engine would by a state.

Sources: Pulumi, pkg/resource/deploy/step_generator.go (applyReplaceOnChanges, what depends on a
replacement); resource_types/ for the properties that force one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from policies.rule import Inputs
from resource_types.catalog import TYPES
from simulation import docker_context
from simulation.changes.differences import ABSENT, between
from simulation.changes.refusals import refusals
from simulation.plan import Plan, PlannedResource
from simulation.replacement import has_grown, replaces

IMAGE = "docker:index/image:Image"
CONTEXT_FILES = "contextFiles"


def compare(plan: Plan, base: Plan, against: str) -> Plan:
    """`plan` with the operation of each resource against `base`, and what is deleted of that."""
    old = {resource.urn: resource for resource in base.resources}
    compared = dict[str, PlannedResource]()
    for resource in plan.resources:
        before = old.get(resource.urn)
        done = resource if before is None else _changed(resource, before, compared)
        compared[resource.urn] = done
    deleted = [
        replace(resource, operation="delete")
        for urn, resource in old.items()
        if urn not in compared
    ]
    return replace(
        plan,
        resources=(*compared.values(), *deleted),
        against=against,
        errors=refusals(tuple(compared.values())),
    )


def with_contexts(plan: Plan, root: Path) -> Plan:
    """The plan with the digests of each image's build context below `root`, by which a changed
    application differs: the provider's, and one of each file, which names what changed."""
    return replace(plan, resources=tuple(_with_context(one, root) for one in plan.resources))


def _with_context(resource: PlannedResource, root: Path) -> PlannedResource:
    if resource.type != IMAGE:
        return resource
    build = resource.inputs["build"]
    context, dockerfile = root / build["context"], root / build["dockerfile"]
    whole, of_files = docker_context.digests(context, dockerfile)
    build = {**build, "contextDigest": whole, CONTEXT_FILES: of_files}
    return replace(resource, inputs={**resource.inputs, "build": build})


def _changed(
    resource: PlannedResource, old: PlannedResource, compared: Mapping[str, PlannedResource]
) -> PlannedResource:
    if resource.operation == "read":
        return resource
    before = _kept(resource, old)
    paths = tuple(dict.fromkeys((*_different(resource, before), *_renewed(resource, compared))))
    if not paths or not resource.custom:
        return replace(resource, operation="same", before=old.inputs)
    reasons = tuple(path for path in paths if _forces_replacement(resource, path))
    return replace(
        resource,
        operation="replace" if reasons else "update",
        before=before,
        changed=paths,
        replace_reasons=reasons,
        # Whether it stays in the account is decided by what the state says.
        retain_on_delete=old.retain_on_delete,
    )


def _kept(resource: PlannedResource, old: PlannedResource) -> dict[str, Any]:
    """The inputs before, the ignored ones as they are now: they differ in no step."""
    ignored = {path.partition(".")[0].partition("[")[0] for path in resource.ignore_changes}
    kept = {key: value for key, value in old.inputs.items() if key not in ignored}
    return kept | {key: resource.inputs[key] for key in ignored if key in resource.inputs}


def _different(resource: PlannedResource, before: Inputs) -> Iterator[str]:
    for path, old, new in between(before, resource.inputs):
        is_absent = old in (None, ABSENT) and new in (None, ABSENT)
        if not is_absent and not has_grown(resource.type, path, before, resource.inputs):
            yield path


def _renewed(resource: PlannedResource, compared: Mapping[str, PlannedResource]) -> Iterator[str]:
    """The inputs that hold an output of another resource which its change makes anew."""
    for key, urns in resource.property_dependencies.items():
        shown = json.dumps(resource.inputs.get(key))
        for urn in urns:
            if urn in compared and any(name in shown for name in _new_outputs(compared[urn])):
                yield key
                break


def _new_outputs(resource: PlannedResource) -> tuple[str, ...]:
    """How the placeholders begin of what is known only after the resource's change."""
    if resource.operation == "replace":
        return (f"${{{resource.name}.",)
    if resource.operation != "update":
        return ()
    described = TYPES.get(resource.type)
    names = described.changed_by_updates if described else ()
    return tuple(f"${{{resource.name}.{name}" for name in names)


def _forces_replacement(resource: PlannedResource, path: str) -> bool:
    plain = re.sub(r"\[[^\]]*\]", "", path)
    own = any(f"{plain}.".startswith(f"{key}.") for key in resource.replace_on_changes)
    return own or replaces(resource.type, plain, resource.inputs)
