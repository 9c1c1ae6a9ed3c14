"""The change of a previewed resource, whichever engine made the preview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from delivery.previews import risks
from delivery.previews.grouping import group_of
from delivery.previews.model import Change, ChangeKind, PropertyDiff
from policies.rule import Inputs
from simulation.plan import PlannedResource


def change_of(
    resource: PlannedResource,
    operation: ChangeKind,
    parents: Mapping[str, str],
    *,
    after: Inputs | None = None,
    diffs: Iterable[PropertyDiff] = (),
    replace_reasons: Iterable[str] = (),
    note: str = "",
) -> Change:
    """`resource`: as it is before the change, or as it will be where it does not exist yet;
    `after`: the inputs that it gets; `parents`: URN to URN."""
    found = tuple(diffs)
    goes = operation in ("replace", "delete")
    return Change(
        operation,
        resource.type,
        resource.name,
        group_of(resource.urn, parents),
        found,
        tuple(replace_reasons),
        data_loss=risks.data_loss(resource) if goes else "",
        downtime=risks.downtime(resource, operation, after or {}, (diff.path for diff in found)),
        upgrade=risks.major_upgrade(resource.type, found) if operation == "update" else "",
        note=note or (risks.what_stays(resource) if goes else ""),
    )
