"""What `pulumi preview --json` prints. Source: Pulumi, pkg/display/json.go (PreviewDigest)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from delivery.previews.data_loss import lost
from delivery.previews.grouping import group_of, is_component, name_of, stack_of, type_of
from delivery.previews.model import Change, Diff, Operation, Preview, Violation, Wait
from delivery.previews.property_diff import at, between, diffs
from delivery.previews.redaction import Censor, known_secrets
from delivery.previews.waits import waits_of
from policies.check import violations
from policies.rule import Resource
from simulation.protocol import STACK, UNKNOWN

OPERATIONS: Mapping[str, Operation] = {
    "create": "create",
    "import": "create",
    "update": "update",
    "delete": "delete",
    "remove-pending-replace": "delete",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "import-replacement": "replace",
    "read-replacement": "replace",
    "discard-replaced": "replace",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class State(_Part):
    custom: bool = False
    type: str = ""
    parent: str = ""
    protect: bool = False
    retain_on_delete: bool = Field(default=False, alias="retainOnDelete")
    inputs: Mapping[str, Any] = Field(default_factory=dict[str, Any])
    outputs: Mapping[str, Any] = Field(default_factory=dict[str, Any])


class Step(_Part):
    op: str
    urn: str
    old: State | None = Field(default=None, alias="oldState")
    new: State | None = Field(default=None, alias="newState")
    diff_reasons: list[str] | None = Field(default=None, alias="diffReasons")
    replace_reasons: list[str] | None = Field(default=None, alias="replaceReasons")
    detailed: Mapping[str, Mapping[str, Any]] | None = Field(default=None, alias="detailedDiff")

    @property
    def state(self) -> State:
        return self.new or self.old or State()


class Diagnostic(_Part):
    message: str = ""
    severity: str = ""
    urn: str = ""


class Digest(_Part):
    steps: list[Step] = Field(default_factory=list[Step])
    diagnostics: list[Diagnostic] = Field(default_factory=list[Diagnostic])
    summary: Mapping[str, int] = Field(default_factory=dict[str, int], alias="changeSummary")


def parse(raw: object, stack: str | None) -> Preview:
    """A preview by the real engine. Errors: pydantic's ValidationError."""
    digest = Digest.model_validate(raw)
    censor = Censor(list(known_secrets(raw)))
    parents = {step.urn: step.state.parent for step in digest.steps}
    changes = tuple(_changes(digest.steps, parents, censor))
    return Preview(
        stack=stack or next((stack_of(step.urn) for step in digest.steps), "unnamed"),
        engine="pulumi",
        changes=changes,
        same=_same(digest),
        violations=_violations(digest, censor),
        waits=_waits(digest.steps, changes),
        errors=tuple(_said(digest, censor, "error")),
        warnings=tuple(_said(digest, censor, "warning")),
    )


def _changes(steps: Sequence[Step], parents: Mapping[str, str], censor: Censor) -> Iterator[Change]:
    """One for each resource that is more than a component; the steps of a replacement are one."""
    by_urn: dict[str, list[Step]] = {}
    refreshed = {step.urn for step in steps if step.op == "refresh"}
    for step in steps:
        if step.op in OPERATIONS and step.state.custom and not is_component(step.urn):
            by_urn.setdefault(step.urn, []).append(step)
    for urn, together in by_urn.items():
        yield _change(urn, together, parents, censor, urn in refreshed)


def _change(
    urn: str, steps: Sequence[Step], parents: Mapping[str, str], censor: Censor, was_there: bool
) -> Change:
    operations: set[str] = {OPERATIONS[step.op] for step in steps}
    step = max(steps, key=lambda s: len(s.detailed or ()) + len(s.replace_reasons or ()))
    old = next((s.old for s in steps if s.old), None)
    # What the state knows and the refresh did not find is created again.
    gone = operations == {"create", "delete"} or (was_there and operations == {"create"})
    operation = "create" if gone else _strongest(operations)
    ends = operation in ("replace", "delete")
    state = old or step.state
    return Change(
        operation=operation,
        type=type_of(urn),
        name=name_of(urn),
        group=group_of(urn, parents),
        diffs=tuple(_diffs(step, censor)) if operation in ("update", "replace") else (),
        because=tuple(step.replace_reasons or ()) if operation == "replace" else (),
        lost=lost(type_of(urn), state.inputs, state.retain_on_delete) if ends else "",
        note=_note(state, ends, gone),
    )


def _strongest(operations: Collection[str]) -> Operation:
    order: tuple[Operation, ...] = ("replace", "delete", "update", "create")
    return next(operation for operation in order if operation in operations)


def _note(state: State, ends: bool, gone: bool) -> str:
    if gone:
        return "it is gone from the account, and would be made again"
    if ends and state.inputs.get("skipDestroy") is True:
        return "earlier revisions stay"
    if ends and state.protect:
        return "it is protected: Pulumi will refuse"
    if ends and state.retain_on_delete:
        return "it stays in the account, outside the stack"
    return ""


def _diffs(step: Step, censor: Censor) -> Iterator[Diff]:
    old, new = step.old or State(), step.new or State()
    type_ = type_of(step.urn)
    paths = list(step.detailed or ()) or list(step.diff_reasons or ())
    if not paths:
        yield from diffs(old.inputs, new.inputs, type_, censor)
    for path in sorted(paths):
        is_input = (step.detailed or {}).get(path, {}).get("inputDiff", True)
        before = at(old.inputs if is_input else old.outputs, path)
        after = at(new.inputs, path)
        if any(True for _ in between(before, after, path)):
            yield from diffs(before, after, type_, censor, path)
        else:
            yield Diff(path)


def _same(digest: Digest) -> int:
    """Pulumi's own count, which components are part of."""
    counted = digest.summary.get("same")
    return counted if counted is not None else sum(step.op == "same" for step in digest.steps)


def _violations(digest: Digest, censor: Censor) -> tuple[Violation, ...] | None:
    """The rules over the whole stack; None where the preview shows no unchanged resources, of
    which nothing can be said. --show-sames shows them."""
    shown = sum(step.op == "same" for step in digest.steps)
    if not digest.steps or shown < digest.summary.get("same", 0):
        return None
    resources = [
        Resource(type_of(step.urn), name_of(step.urn), _known(step.new.inputs))
        for step in digest.steps
        if step.new is not None
    ]
    found = violations(resources, stack_of(digest.steps[0].urn))
    return tuple(
        Violation(v.rule, v.enforcement == "mandatory", v.resource, censor.text(v.message))
        for v in found
    )


def _known(value: Any) -> Any:
    """Unknown values in the form in which the rules know them."""
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item) for item in cast(list[Any], value)]
    return "${unknown}" if isinstance(value, str) and UNKNOWN in value else value


def _waits(steps: Sequence[Step], changes: Sequence[Change]) -> tuple[Wait, ...]:
    """Those of the services that roll, by the stack's outputs as far as the preview shows them."""
    for step in steps:
        if type_of(step.urn) == STACK:
            outputs = (step.new and step.new.outputs) or (step.old and step.old.outputs) or {}
            return waits_of(outputs, changes)
    return ()


def _said(digest: Digest, censor: Censor, severity: Literal["error", "warning"]) -> Iterator[str]:
    for text in dict.fromkeys(
        d.message.strip() for d in digest.diagnostics if d.severity == severity
    ):
        if text:
            yield censor.text(text)
