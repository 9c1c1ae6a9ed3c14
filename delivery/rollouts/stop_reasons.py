"""Why a task stopped, in words that say what to do.

Source: Amazon ECS Developer Guide, "Stopped tasks error messages".
"""

from __future__ import annotations

from collections.abc import Mapping

from delivery.aws.ecs import Container, Task

NEVER_STARTED = "TaskFailedToStart"

ADVICE: Mapping[str, str] = {
    "CannotPullContainer": (
        "The image cannot be pulled: check that the digest is in the registry, that the registry "
        "secret (images.pullSecret) holds a valid token, and that the subnets have a way out."
    ),
    "unable to pull secrets": (
        "A secret cannot be read: check that it exists and holds a value, and that the execution "
        "role may read it."
    ),
    "unable to pull registry auth": (
        "The registry's secret cannot be read: check images.pullSecret and the way to Secrets "
        "Manager."
    ),
    "apacity is unavailable": (
        "Fargate has no capacity in these subnets now: rerun in a few minutes, or add a zone."
    ),
    "RESOURCE:": "The cluster has no room for the task: rerun in a few minutes.",
    "OutOfMemory": "It used more memory than the task has: raise the service's memory.",
    "exec format error": "The image is of another architecture than the task.",
    "ResourceInitializationError": (
        "Fargate could not set the task up: check the subnets' way to ECR, Secrets Manager and "
        "CloudWatch Logs (NAT or endpoints)."
    ),
}


def reasons(task: Task) -> str:
    """What ECS says of the task and of its containers, each once."""
    said = [task.get("stoppedReason", "")]
    said += [c["reason"] for c in task.get("containers", ()) if "reason" in c]
    return "; ".join(dict.fromkeys(text for text in said if text)) or "ECS gives no reason"


def advice(said: str) -> str:
    """What to do about it; empty where nothing is known."""
    return next((words for sign, words in ADVICE.items() if sign in said), "")


def exit_words(container: Container) -> str:
    code = container.get("exitCode")
    return f"{container['name']} " + ("has no exit code" if code is None else f"exited with {code}")
