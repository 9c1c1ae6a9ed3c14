"""What `python -m commands.preview --json` prints: a preview without credentials or state."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from delivery.previews.change import change_of
from delivery.previews.grouping import is_component
from delivery.previews.model import Change, Preview
from delivery.previews.price.summary import price_of
from delivery.previews.property_diff import diffs
from delivery.previews.redaction import Redactor, find_secrets
from delivery.previews.waits import waits_of
from policies.check import Violation
from resource_types.data_loss import DATA_STORES
from simulation.plan import Plan, PlannedResource
from simulation.report.price import estimate_of

MAY_REPLACE = "this may replace it and destroy its data"


@dataclass(frozen=True, kw_only=True)
class PrintedPlan(Plan):
    """A plan with the policy rules that it breaks."""

    simulation: Literal[True]
    violations: tuple[Violation, ...] = ()


_PRINTED_PLAN = TypeAdapter(PrintedPlan)


def parse(raw: object, stack: str | None, base: object = None) -> Preview:
    """Every resource of the stack, or the changes against `base`, the preview of the branch to
    merge into.

    Errors: pydantic's ValidationError.
    """
    plan = _PRINTED_PLAN.validate_python(raw)
    base_plan = _PRINTED_PLAN.validate_python(base) if base is not None else None
    redactor = Redactor([*find_secrets(raw), *find_secrets(base)])
    new, old = _by_urn(plan), _by_urn(base_plan)
    parents = _parents(base_plan) | _parents(plan)
    changes = tuple(_changes(old, new, parents, redactor))
    return Preview(
        stack=stack or plan.stack,
        engine="process",
        changes=changes,
        same=len(new) - sum(change.operation != "delete" for change in changes),
        lists_all=base_plan is None,
        compared=base_plan is not None,
        violations=tuple(
            dataclasses.replace(violation, message=redactor.text(violation.message))
            for violation in plan.violations
        ),
        waits=waits_of(plan.outputs, changes),
        price=price_of(
            estimate_of(plan),
            estimate_of(base_plan, with_usage_of=plan) if base_plan else None,
            redactor,
        ),
        warnings=tuple(redactor.text(text) for text in plan.warnings),
    )


def _by_urn(plan: Plan | None) -> dict[str, PlannedResource]:
    """The resources that are more than components."""
    resources = plan.resources if plan else ()
    return {resource.urn: resource for resource in resources if not is_component(resource.urn)}


def _parents(plan: Plan | None) -> dict[str, str]:
    return {resource.urn: resource.parent for resource in plan.resources} if plan else {}


def _changes(
    old: Mapping[str, PlannedResource],
    new: Mapping[str, PlannedResource],
    parents: Mapping[str, str],
    redactor: Redactor,
) -> Iterator[Change]:
    for urn, resource in new.items():
        if urn not in old:
            yield change_of(resource, "create", parents)
            continue
        found = tuple(diffs(old[urn].inputs, resource.inputs, resource.type, redactor))
        if found:
            note = MAY_REPLACE if resource.type in DATA_STORES else ""
            yield change_of(resource, "update", parents, diffs=found, note=note)
    for urn, resource in old.items():
        if urn not in new:
            yield change_of(resource, "delete", parents)
