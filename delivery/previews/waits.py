"""How long the rollouts of a preview take when they are healthy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from delivery.previews.model import Change, Wait

ROLLOUT_TYPES = ("aws:ecs/taskDefinition:TaskDefinition", "aws:ecs/service:Service")


def waits_of(outputs: Mapping[str, Any], changes: Sequence[Change]) -> tuple[Wait, ...]:
    """The wait of each service in a stack's outputs whose tasks the changes replace."""
    services = outputs.get("services")
    if not isinstance(services, Mapping):
        return ()
    rolling = {c.name for c in changes if c.type in ROLLOUT_TYPES and c.operation != "delete"}
    found = [
        Wait(str(name), str(summary.get("rollout", "rolling")), int(summary["deployWaitSeconds"]))
        for name, summary in sorted(services.items())
        if isinstance(summary, Mapping)
        and isinstance(summary.get("deployWaitSeconds"), int | float)
    ]
    return tuple(wait for wait in found if wait.service in rolling)
