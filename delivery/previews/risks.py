"""What a change of one resource costs: data, an outage, a way back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from delivery.previews.model import ORDER, Change, ChangeKind, Preview, PropertyDiff
from delivery.previews.property_diff import ONLY_FROM, UNSET
from policies.rule import Inputs
from resource_types.catalog import TYPES
from resource_types.data_loss import data_lost
from resource_types.downtime import interruption, outage
from resource_types.refusals import Undeletable
from simulation.plan import PlannedResource

STORES = frozenset(
    {
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:mq/broker:Broker",
        "aws:rds/instance:Instance",
    }
)
VERSION = "engineVersion"
REVISIONS_STAY = "earlier revisions stay"
PROTECTIONS = ("deletionProtection", "enableDeletionProtection")
MESSAGE_STORES = ("aws:mq/broker:Broker", "aws:sqs/queue:Queue")
DRAIN = "stop what publishes, and wait until it is empty"
DONE = {"create": "new", "update": "changed", "replace": "replaced", "delete": "deleted"}
LABELS = ("DATA LOST", "MESSAGES LOST", "DOWNTIME", "NO WAY BACK")
ADDRESSES = "ADDRESSES"


def data_loss(resource: PlannedResource) -> str:
    """The data that is lost with a resource. Empty where none is: it holds none, is a read replica,
    or is retained in the account when it leaves the stack."""
    return "" if resource.retain_on_delete else data_lost(resource.type, resource.inputs)


def downtime(
    resource: PlannedResource, operation: ChangeKind, after: Inputs, changed: Iterable[str]
) -> str:
    """What does not answer during the change, or after it; empty where all does. `after`: the
    inputs that it gets; `changed`: those that differ."""
    if operation == "update":
        return interruption(resource.type, {**resource.inputs, **after}, changed)
    if operation == "create" or resource.retain_on_delete:
        return ""
    return outage(resource.type, resource.inputs)


def what_stays(resource: PlannedResource) -> str:
    """What a replacement or deletion leaves in the account; empty where that is nothing."""
    if resource.inputs.get("skipDestroy") is True:
        return REVISIONS_STAY
    if resource.retain_on_delete and not resource.protect:
        return "it stays in the account, outside the stack"
    snapshot = resource.inputs.get("finalSnapshotIdentifier")
    kept = "a final snapshot stays" if snapshot and not _skips_snapshot(resource) else ""
    return "; ".join(filter(None, (protection(resource), kept)))


def _skips_snapshot(resource: PlannedResource) -> bool:
    return resource.inputs.get("skipFinalSnapshot") is True


def protection(resource: PlannedResource) -> str:
    """Why AWS or Pulumi refuses to delete the resource; empty where neither does."""
    if resource.protect:
        return "it is protected: Pulumi will refuse"
    described = TYPES.get(resource.type)
    rules = described.refusals if described else ()
    is_on = any(resource.inputs.get(key) is True for key in PROTECTIONS)
    if is_on and any(isinstance(r, Undeletable) and r.when(resource.inputs) for r in rules):
        return "deletion protection is on: AWS will refuse, and the deployment stops there"
    return ""


def major_upgrade(type_: str, diffs: Iterable[PropertyDiff]) -> str:
    """The upgrade that an update makes, which AWS can't undo; empty where it makes none."""
    found = next((diff for diff in diffs if diff.path == VERSION and type_ in STORES), None)
    if found is None or found.old is None or found.new is None:
        return ""
    old, new = (value.strip('"').partition(".")[0] for value in (found.old, found.new))
    return f"major version {old} becomes {new}" if old != new else ""


def risk_of(change: Change) -> str:
    """One of LABELS; empty where the change costs nothing by itself."""
    if change.data_loss:
        return "MESSAGES LOST" if change.type in MESSAGE_STORES else "DATA LOST"
    if change.downtime:
        return "DOWNTIME"
    return "NO WAY BACK" if change.upgrade else ""


def costly_of(preview: Preview) -> list[tuple[str, Change]]:
    """The changes that cost something, each with its label, the worst first."""
    if preview.lists_all:
        return []
    costly = [(label, change) for change in preview.changes if (label := risk_of(change))]
    return sorted(costly, key=lambda item: (LABELS.index(item[0]), ORDER[item[1].operation]))


def cost_of(change: Change) -> str:
    """`every message in the queue; deleted`."""
    because = ", ".join(dict.fromkeys(top(path) for path in change.replace_reasons))
    done = "" if change.operation == "update" else DONE[change.operation]
    reason = f"{done} because of {because}" if because else done
    advice = DRAIN if change.data_loss and change.type in MESSAGE_STORES else ""
    told = (change.data_loss, change.downtime, change.upgrade, reason, change.note, advice)
    return "; ".join(filter(None, told))


def narrowed(change: Change) -> str:
    """The addresses to which a change restricts access; empty where it does not."""
    for diff in change.diffs:
        if diff.old == UNSET and (diff.new or "").startswith(ONLY_FROM):
            return f"{diff.new}; all others get 403 from then on"
    return ""


def as_dicts(preview: Preview) -> list[dict[str, Any]]:
    """What the changes cost, for machines."""
    found = [(label, change, cost_of(change)) for label, change in costly_of(preview)]
    if not preview.lists_all:
        found += [(ADDRESSES, one, words) for one in preview.changes if (words := narrowed(one))]
    return [
        {"risk": label, "type": change.type, "name": change.name, "cost": words}
        for label, change, words in found
    ]


def top(path: str) -> str:
    """The property that a path begins with."""
    return path.partition(".")[0].partition("[")[0]
