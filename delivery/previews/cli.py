"""What `pulumi preview --json` prints. Source: Pulumi, pkg/display/json.go (PreviewDigest)."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from delivery.previews.change import change_of
from delivery.previews.grouping import is_component, name_of, stack_of, type_of
from delivery.previews.model import Change, ChangeKind, Preview, PropertyDiff, Wait
from delivery.previews.moved_ports import with_moved_ports
from delivery.previews.price.summary import Price, price_of
from delivery.previews.property_diff import at, diffs
from delivery.previews.redaction import Redactor, find_secrets
from delivery.previews.waits import waits_of
from policies.check import Violation, violations
from policies.rule import Inputs
from prices.estimate import estimate
from simulation.changes.differences import between
from simulation.plan import STEP_OPERATIONS, PlannedResource
from simulation.protocol import STACK, UNKNOWN

MISSING = "it is missing from the account, and would be created again"
BY_WEIGHT: tuple[ChangeKind, ...] = ("replace", "delete", "update", "create")


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


@dataclass(frozen=True, kw_only=True)
class State(PlannedResource):
    """A resource with the URNs that it depends on, by the way in which it does."""

    dependencies: tuple[str, ...] = ()
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    provider: str = ""

    @property
    def all_dependencies(self) -> frozenset[str]:
        """Source: Pulumi, State.GetAllDependencies in pkg/resource/state.go."""
        by_property = (urn for urns in self.property_dependencies.values() for urn in urns)
        provider = self.provider.rpartition("::")[0]
        single = (self.parent, self.deleted_with, provider)
        return frozenset({*single, *self.dependencies, *self.replace_with, *by_property} - {""})


class Step(_Part):
    """One step of the engine, with the resource before and after it."""

    op: str
    urn: str
    old: State | None = Field(default=None, alias="oldState")
    new: State | None = Field(default=None, alias="newState")
    diff_reasons: list[str] | None = Field(default=None, alias="diffReasons")
    replace_reasons: list[str] | None = Field(default=None, alias="replaceReasons")
    detailed_diff: Mapping[str, Mapping[str, Any]] | None = Field(
        default=None, alias="detailedDiff"
    )

    @model_validator(mode="before")
    @classmethod
    def _read_states(cls, step: Any) -> Any:
        if not isinstance(step, Mapping):
            return step
        states = {key: _resource(step.get(key), step) for key in ("oldState", "newState")}
        return {**step, **states}

    @property
    def operation(self) -> str:
        return STEP_OPERATIONS.get(self.op, "same")

    @property
    def parent(self) -> str:
        resource = self.new or self.old
        return resource.parent if resource else ""

    @property
    def is_change(self) -> bool:
        """Whether it changes a resource that is more than a component."""
        resource = self.new or self.old
        is_custom = resource is not None and resource.custom and not is_component(self.urn)
        return is_custom and self.operation in BY_WEIGHT


def _resource(state: Any, step: Mapping[str, Any]) -> Any:
    """A state as the fields of a State. Source: Pulumi, sdk/go/common/apitype
    (ResourceV3)."""
    if not isinstance(state, Mapping):
        return state
    urn = str(step.get("urn", ""))
    return {
        "inputs": {},
        "custom": False,
        "retain_on_delete": state.get("retainOnDelete", False),
        "property_dependencies": {
            key: urns or () for key, urns in (state.get("propertyDependencies") or {}).items()
        },
        "deleted_with": state.get("deletedWith", ""),
        "replace_with": state.get("replaceWith") or (),
        **state,
        "dependencies": state.get("dependencies") or (),
        "urn": urn,
        "type": type_of(urn),
        "name": name_of(urn),
        "operation": STEP_OPERATIONS.get(str(step.get("op")), "same"),
    }


class Diagnostic(_Part):
    message: str = ""
    severity: str = ""
    urn: str = ""


class CliPreview(_Part):
    steps: list[Step] = Field(default_factory=list[Step])
    diagnostics: list[Diagnostic] = Field(default_factory=list[Diagnostic])
    summary: Mapping[str, int] = Field(default_factory=dict[str, int], alias="changeSummary")

    def messages(self, severity: Literal["error", "warning"]) -> list[str]:
        """The diagnostics of a severity, each once."""
        texts = (d.message.strip() for d in self.diagnostics if d.severity == severity)
        return [text for text in dict.fromkeys(texts) if text]


def parse(
    raw: object, stack: str | None, outputs: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
) -> Preview:
    """A preview by the real engine. `outputs`: by stack, those after the change where they are
    known. Errors: pydantic's ValidationError."""
    printed = CliPreview.model_validate(raw)
    name = stack or next((stack_of(step.urn) for step in printed.steps), "unnamed")
    redactor = Redactor(list(find_secrets(raw)))
    states = (step.new or step.old for step in printed.steps)
    changes = with_moved_ports(tuple(_changes(printed.steps, redactor)), filter(None, states))
    return Preview(
        stack=name,
        engine="pulumi",
        changes=changes,
        same=_same(printed),
        violations=_violations(printed, redactor),
        waits=_waits(printed.steps, changes),
        price=_price(printed, outputs.get(name) or _outputs(printed.steps), redactor),
        errors=tuple(redactor.text(text) for text in printed.messages("error")),
        warnings=tuple(redactor.text(text) for text in printed.messages("warning")),
    )


def _changes(steps: Sequence[Step], redactor: Redactor) -> Iterator[Change]:
    """One change a resource: a replacement has several steps. In the order of URNs, for the engine
    has another one each time."""
    parents = {step.urn: step.parent for step in steps}
    refreshed = {step.urn for step in steps if step.op == "refresh"}
    by_urn: dict[str, list[Step]] = {}
    for step in steps:
        if step.is_change:
            by_urn.setdefault(step.urn, []).append(step)
    for urn, together in sorted(by_urn.items()):
        yield _change(together, parents, redactor, urn in refreshed)


def _change(
    steps: Sequence[Step], parents: Mapping[str, str], redactor: Redactor, was_refreshed: bool
) -> Change:
    operations = {step.operation for step in steps}
    step = max(steps, key=lambda s: len(s.detailed_diff or ()) + len(s.replace_reasons or ()))
    # What is in the state and is not found by the refresh is created again.
    is_missing = operations == {"create", "delete"} or (was_refreshed and operations == {"create"})
    # What left the program and depends on a replacement is deleted with it (Pulumi,
    # pkg/resource/deploy/step_generator.go, NewDeleteReplacementStep).
    is_gone = {step.op for step in steps} == {"delete-replaced"}
    operation = "create" if is_missing else "delete" if is_gone else _heaviest(operations)
    resource = next((s.old for s in steps if s.old), None) or cast(PlannedResource, step.new)
    return change_of(
        resource,
        operation,
        parents,
        diffs=_diffs(step, redactor) if operation in ("update", "replace") else (),
        replace_reasons=step.replace_reasons or () if operation == "replace" else (),
        after=step.new.inputs if step.new else None,
        note=MISSING if is_missing else "",
    )


def _heaviest(operations: Collection[str]) -> ChangeKind:
    return next(operation for operation in BY_WEIGHT if operation in operations)


def _diffs(step: Step, redactor: Redactor) -> Iterator[PropertyDiff]:
    old_inputs, old_outputs = (step.old.inputs, step.old.outputs) if step.old else ({}, {})
    new_inputs: Inputs = step.new.inputs if step.new else {}
    type_ = type_of(step.urn)
    paths = list(step.detailed_diff or ()) or list(step.diff_reasons or ())
    if not paths:
        yield from diffs(old_inputs, new_inputs, type_, redactor)
    for path in sorted(paths):
        is_input = (step.detailed_diff or {}).get(path, {}).get("inputDiff", True)
        before = at(old_inputs if is_input else old_outputs, path)
        after = at(new_inputs, path)
        if any(True for _ in between(before, after, path)):
            yield from diffs(before, after, type_, redactor, path)
        else:
            yield PropertyDiff(path)


def _same(printed: CliPreview) -> int:
    """Pulumi's own count, which includes components."""
    counted = printed.summary.get("same")
    return counted if counted is not None else sum(step.op == "same" for step in printed.steps)


def _shows_all(printed: CliPreview) -> bool:
    """Whether the preview shows the whole stack: it was made with --show-sames."""
    shown = sum(step.op == "same" for step in printed.steps)
    return bool(printed.steps) and shown >= printed.summary.get("same", 0)


def _violations(printed: CliPreview, redactor: Redactor) -> tuple[Violation, ...] | None:
    """The policy rules that the stack breaks. None where the preview leaves out unchanged
    resources, for the rules need the whole stack."""
    if not _shows_all(printed):
        return None
    resources = [
        dataclasses.replace(step.new, inputs=_with_placeholders(step.new.inputs))
        for step in printed.steps
        if step.new is not None
    ]
    found = violations(resources, stack_of(printed.steps[0].urn))
    return tuple(dataclasses.replace(v, message=redactor.text(v.message)) for v in found)


def _price(printed: CliPreview, outputs: Mapping[str, Any], redactor: Redactor) -> Price | None:
    """The price after the change and before it, with one set of assumptions."""
    if not _shows_all(printed) or printed.messages("error"):
        return None
    # A replacement has several steps, each with the resource before and after it.
    new = {step.urn: step.new for step in printed.steps if step.new is not None}
    old = {step.urn: step.old for step in printed.steps if step.old is not None}
    return price_of(
        estimate(list(new.values()), outputs), estimate(list(old.values()), outputs), redactor
    )


def _with_placeholders(value: Any) -> Any:
    """Unknown values as the placeholders that policies.rule.is_known reads."""
    if isinstance(value, Mapping):
        return {key: _with_placeholders(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_placeholders(item) for item in cast(list[Any], value)]
    return "${unknown}" if isinstance(value, str) and UNKNOWN in value else value


def _waits(steps: Sequence[Step], changes: Sequence[Change]) -> tuple[Wait, ...]:
    """The waits of services that roll, as far as the preview shows the stack's outputs."""
    return waits_of(_outputs(steps), changes)


def _outputs(steps: Sequence[Step]) -> Mapping[str, Any]:
    """The stack's, as far as the preview shows them."""
    for step in steps:
        if type_of(step.urn) == STACK:
            return (step.new and step.new.outputs) or (step.old and step.old.outputs) or {}
    return {}
