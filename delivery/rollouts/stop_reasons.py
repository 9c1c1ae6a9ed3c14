"""Why a task stopped, and what to do about it.

Source: Amazon ECS Developer Guide, "Stopped tasks error messages".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerTypeDef, TaskTypeDef

NEVER_STARTED = "TaskFailedToStart"

ADVICE: Mapping[str, str] = {
    "CannotPullContainer": (
        "The image cannot be pulled: check that the digest is in the registry, that the registry "
        "secret (images.pullSecret) holds a valid token, and that the subnets can reach the "
        "registry."
    ),
    "unable to pull secrets": (
        "A secret cannot be read: check that it exists and holds a value, and that the execution "
        "role may read it."
    ),
    "unable to pull registry auth": (
        "The registry's secret cannot be read: check images.pullSecret, and that the subnets can "
        "reach Secrets Manager."
    ),
    "apacity is unavailable": (
        "Fargate has no capacity in these subnets: rerun in a few minutes, or add an availability "
        "zone."
    ),
    "RESOURCE:": "The cluster has no room for the task: rerun in a few minutes.",
    "OutOfMemory": "The task ran out of memory: raise the service's memory.",
    "exec format error": "The image was built for another CPU architecture than the task's.",
    "ResourceInitializationError": (
        "Fargate could not set up the task: check that the subnets can reach ECR, Secrets Manager "
        "and CloudWatch Logs (NAT or endpoints)."
    ),
}
"""By a part of ECS's message."""


def stop_reason(task: TaskTypeDef) -> str:
    """The reasons that ECS gives for the task and its containers, each once."""
    reasons = [task.get("stoppedReason", "")]
    reasons += [container.get("reason", "") for container in task.get("containers", ())]
    return "; ".join(dict.fromkeys(filter(None, reasons))) or "ECS gives no reason"


def advice(reason: str) -> str:
    """What to do about it; empty for an unknown reason."""
    return next((text for part, text in ADVICE.items() if part in reason), "")


def exit_text(container: ContainerTypeDef) -> str:
    code = container.get("exitCode")
    ending = "has no exit code" if code is None else f"exited with {code}"
    return f"{container.get('name', '')} {ending}"
