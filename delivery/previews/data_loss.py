"""The data that the replacement or deletion of a resource destroys."""

from __future__ import annotations

from resource_types.data_loss import data_lost
from simulation.plan import PlannedResource


def data_loss(resource: PlannedResource) -> str:
    """The data that is lost with a resource. Empty where none is: it holds none, is a read replica,
    or is retained in the account when it leaves the stack."""
    return "" if resource.retain_on_delete else data_lost(resource.type, resource.inputs)
