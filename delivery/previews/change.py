"""The change of a previewed resource, whichever engine made the preview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from delivery.previews.data_loss import data_loss
from delivery.previews.grouping import group_of
from delivery.previews.model import Change, ChangeKind, PropertyDiff
from delivery.previews.upgrade import major_upgrade
from simulation.plan import PlannedResource


def change_of(
    resource: PlannedResource,
    operation: ChangeKind,
    parents: Mapping[str, str],
    *,
    diffs: Iterable[PropertyDiff] = (),
    replace_reasons: Iterable[str] = (),
    note: str = "",
) -> Change:
    """`resource`: as it is before the change, or as it will be where it does not exist yet;
    `parents`: URN to URN."""
    found = tuple(diffs)
    return Change(
        operation,
        resource.type,
        resource.name,
        group_of(resource.urn, parents),
        found,
        tuple(replace_reasons),
        data_loss=data_loss(resource) if operation in ("replace", "delete") else "",
        upgrade=major_upgrade(resource.type, found) if operation == "update" else "",
        note=note,
    )
