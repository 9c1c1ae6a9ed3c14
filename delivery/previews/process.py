"""What a plan changes: the one that `python -m commands.preview` makes, or prints as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from pydantic import TypeAdapter

from delivery.previews.change import change_of
from delivery.previews.grouping import is_component
from delivery.previews.model import Change, ChangeKind, Preview, PropertyDiff
from delivery.previews.moved_ports import with_moved_ports
from delivery.previews.price.summary import price_of
from delivery.previews.property_diff import diffs
from delivery.previews.redaction import Redactor, find_secrets
from delivery.previews.risks import top
from delivery.previews.waits import waits_of
from policies.check import Violation
from simulation.plan import Plan, PlannedResource
from simulation.report.price import estimates

KNOWN_LATER = "known later"
CHANGES = ("create", "update", "replace", "delete")
BASE = "the base branch"
NAMES = {
    "propertyDependencies": "property_dependencies",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
    "retainOnDelete": "retain_on_delete",
    "replaceReasons": "replace_reasons",
}
"""The fields of a planned resource by their names in JSON, where these differ."""


@dataclass(frozen=True, kw_only=True)
class PrintedPlan(Plan):
    """A plan with the policy rules that it breaks."""

    simulation: Literal[True]
    violations: tuple[Violation, ...] = ()


_PRINTED_PLAN = TypeAdapter(PrintedPlan)


def read(raw: object) -> PrintedPlan:
    """A plan from its JSON. Errors: pydantic's ValidationError."""
    if isinstance(raw, Mapping) and isinstance(raw.get("resources"), list):
        raw = {**raw, "resources": [_renamed(item) for item in cast(list[Any], raw["resources"])]}
    return _PRINTED_PLAN.validate_python(raw)


def _renamed(resource: Any) -> Any:
    if not isinstance(resource, Mapping):
        return resource
    named = {NAMES.get(str(key), str(key)): value for key, value in resource.items()}
    return {**named, "custom": not is_component(str(resource.get("urn", "")))}


def parse(raw: object, stack: str | None, base: object = None) -> Preview:
    """Every resource of the stack, or the changes against `base`, the preview of the branch to
    merge into.

    Errors: pydantic's ValidationError.
    """
    from simulation.changes.comparison import compare

    printed = read(raw)
    plan = printed if base is None else compare(printed, read(base), BASE)
    preview = preview_of(plan, printed.violations, [*find_secrets(raw), *find_secrets(base)])
    return dataclasses.replace(preview, stack=stack or preview.stack)


def preview_of(
    plan: Plan, violations: Sequence[Violation], secrets: Sequence[str] | None = None
) -> Preview:
    """The changes of a plan: of one that was compared with nothing, all its resources. `secrets`:
    what must not be shown; else what the plan's properties give away."""
    shown = [one for one in plan.resources if not is_component(one.urn)]
    redactor = Redactor(_secrets(plan) if secrets is None else secrets)
    parents = {resource.urn: resource.parent for resource in plan.resources}
    changes = with_moved_ports(tuple(_changes(shown, parents, redactor)), shown)
    return Preview(
        stack=plan.stack,
        engine=plan.engine,
        changes=changes,
        same=sum(one.operation in ("same", "read") for one in shown),
        lists_all=not plan.against,
        against=plan.against,
        violations=tuple(
            dataclasses.replace(violation, message=redactor.text(violation.message))
            for violation in violations
        ),
        waits=waits_of(plan.outputs, changes),
        price=price_of(*estimates(plan), redactor),
        errors=plan.errors,
        encrypted=plan.encrypted,
        warnings=tuple(redactor.text(text) for text in plan.warnings),
    )


def _secrets(plan: Plan) -> list[str]:
    states = [[one.inputs, one.before or {}] for one in plan.resources]
    return [*find_secrets(states), *find_secrets(plan.outputs)]


def _changes(
    resources: Sequence[PlannedResource], parents: Mapping[str, str], redactor: Redactor
) -> Iterator[Change]:
    for resource in resources:
        if resource.operation not in CHANGES:
            continue
        operation: ChangeKind = resource.operation
        if resource.before is None:
            yield change_of(resource, operation, parents)
            continue
        yield change_of(
            dataclasses.replace(resource, inputs=resource.before),
            operation,
            parents,
            after=resource.inputs,
            diffs=_diffs(resource, resource.before, redactor),
            replace_reasons=resource.replace_reasons,
        )


def _diffs(
    resource: PlannedResource, before: Mapping[str, Any], redactor: Redactor
) -> Iterator[PropertyDiff]:
    """What differs, and what gets a value that is known after the change."""
    found = list(diffs(before, resource.inputs, resource.type, redactor))
    shown = {top(diff.path) for diff in found}
    yield from found
    for path in resource.changed:
        if top(path) not in shown:
            yield PropertyDiff(path, None, KNOWN_LATER)
