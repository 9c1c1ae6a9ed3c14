"""Refuses changes of a running service that would take it down.

What ECS and CodeDeploy move, Pulumi leaves alone (rollout.py): the target groups and the ports of a
service that shifts traffic never follow the settings, and another strategy would need them to. The
blue target group, which is updated before everything that sends requests, carries both as tags; a
hook compares the old ones with the new.
"""

from __future__ import annotations

import pulumi

from components.shared.hooks import Tags, before_update

ROLLOUT, PORT = "rollout", "port"
# A listener rule exists before the tasks that it sends requests to, and after them. The rule that
# is tried first without tasks is answered with 503. Source: User Guide for Application Load
# Balancers, "Troubleshoot your Application Load Balancers", HTTP 503.
ADVICE = (
    "Nothing of the service was changed. Add a service of another name with the new settings and "
    "the same route, give both a route.priority, the new one the higher number, and deploy. Give "
    "the new one the lower number, and deploy. Then remove this one."
)


def identity(rollout: str, port: int) -> dict[str, str]:
    """The tags of a target group that say how its service is deployed."""
    return {ROLLOUT: rollout, PORT: str(port)}


def problem(old: Tags, new: Tags) -> str | None:
    """Why the service can't change from the tags `old` to `new`; None where it can."""
    if ROLLOUT not in old:
        return None
    was, becomes = old[ROLLOUT], new[ROLLOUT]
    if was != becomes:
        return f"rollout.strategy can't change from {was} to {becomes} while the service runs."
    if was != "rolling" and old[PORT] != new[PORT]:
        return (
            f"port can't change from {old[PORT]} to {new[PORT]}: with {was} the old tasks keep "
            "traffic while new ones start, and the load balancer knows one port of the service."
        )
    return None


def refusal(service: str, old: Tags, new: Tags) -> str:
    """Why the service can't change from the tags `old` to `new`, and what to do; empty where it
    can."""
    text = problem(old, new)
    return f"plataforma:services.{service}: {text} {ADVICE}" if text else ""


def refuse_unsafe_changes(service: str) -> pulumi.ResourceHookBinding:
    """A hook of the service's target groups, in previews and updates."""

    def check(old: Tags, new: Tags) -> None:
        text = refusal(service, old, new)
        if text:
            raise pulumi.RunError(text)

    return before_update(f"{service}-unsafe-changes", check)
