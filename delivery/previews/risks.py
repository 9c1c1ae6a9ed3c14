"""What a change of one resource costs: data, an outage, a way back."""

from __future__ import annotations

from collections.abc import Iterable

from delivery.previews.model import ChangeKind, PropertyDiff
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
