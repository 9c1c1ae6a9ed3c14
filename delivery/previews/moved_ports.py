"""Services that tasks reach by name, and whose port a change moves."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from delivery.previews.model import Change
from simulation.plan import PlannedResource

SERVICE = "aws:ecs/service:Service"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"


def with_moved_ports(
    changes: Sequence[Change], resources: Iterable[PlannedResource]
) -> tuple[Change, ...]:
    """The changes, with the outage of such a service. DNS gives the addresses of its old and new
    tasks, and each task of a caller knows one port, in a variable."""
    by_name = {one.name for one in resources if one.type == SERVICE and _is_found_by_name(one)}
    moved = {
        change.name: f"{diff.old} to {diff.new}"
        for change in changes
        if change.type == TASK_DEFINITION and change.operation == "replace"
        for diff in change.diffs
        if diff.path.startswith(f"containerDefinitions[{change.name}].portMappings")
        and diff.path.endswith(".containerPort")
    }
    return tuple(
        dataclasses.replace(change, downtime=_outage(moved[change.name]))
        if change.type == SERVICE and change.name in by_name & moved.keys()
        else change
        for change in changes
    )


def _is_found_by_name(service: PlannedResource) -> bool:
    return bool(service.inputs.get("serviceRegistries"))


def _outage(ports: str) -> str:
    return (
        f"its port moves from {ports}: callers with the one port do not reach tasks with the other "
        "until the deployments of all of them are complete. Without an outage: a service of "
        "another name with the new port first, this one removed when nobody calls it"
    )
