"""AWS as the delivery commands see it after a simulated `pulumi up`.

What stands for what: the services and task definitions are those that the engine's state says were
made; a service deployment is noted when a service's task definition is seen to have changed, and
has succeeded at once, or was rolled back where `breaks` names the service; each service lists one
task, and counts as many as it was scaled to; a task that is run (migrations) has stopped at once
with `exit_code`. No log group has lines.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SERVICE = "aws:ecs/service:Service"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
ARN = "arn:aws:ecs:eu-west-1:123456789012"
Asked = dict[str, Any]
Answer = dict[str, Any]


class UnknownError(Exception):
    """AWS has no such thing, or this stand-in no such action: a code and a message."""


@dataclass
class Service:
    """A service, and its deployments from the oldest on."""

    cluster: str
    name: str
    asked: str = ""
    """The task definition that the stack asked for last."""
    deployments: list[dict[str, Any]] = field(default_factory=list[Any])
    tasks: int = 1

    @property
    def running(self) -> str:
        well = (d for d in reversed(self.deployments) if d["status"] == "SUCCESSFUL")
        return next((d["target"] for d in well), "")

    def deploy(self, task_definition: str, *, well: bool) -> None:
        made: dict[str, Any] = {
            "serviceDeploymentArn": f"{self._arn('service-deployment')}/{len(self.deployments)}",
            "createdAt": time.time(),
            "status": "SUCCESSFUL" if well else "ROLLBACK_SUCCESSFUL",
            "target": task_definition,
        }
        if not well:
            made["rollback"] = {"reason": "ECS deployment circuit breaker was triggered."}
        self.deployments.append(made)

    def _arn(self, kind: str) -> str:
        return f"{ARN}:{kind}/{self.cluster}/{self.name}"

    def shown(self) -> Answer:
        primary = {
            "status": "PRIMARY",
            "taskDefinition": self.running,
            "desiredCount": self.tasks,
            "runningCount": self.tasks,
            "rolloutState": "COMPLETED",
        }
        return {
            "serviceName": self.name,
            "serviceArn": self._arn("service"),
            "status": "ACTIVE",
            "desiredCount": self.tasks,
            "runningCount": self.tasks,
            "taskDefinition": self.running,
            "deployments": [primary],
        }


@dataclass
class Cloud:
    """`state` is the folder of the engine's state files, `journal` names the file of all that is
    asked."""

    state: Path
    journal: Path
    url: str = ""
    exit_code: int = 0
    breaks: set[str] = field(default_factory=set[str])
    """Services whose next deployments the circuit breaker rolls back."""
    services: dict[tuple[str, str], Service] = field(default_factory=dict[tuple[str, str], Service])
    definitions: dict[str, Answer] = field(default_factory=dict[str, Answer])
    migrations: dict[str, str] = field(default_factory=dict[str, str])
    """Tasks that were run, with their task definitions."""

    def asked(self, *starts: str) -> list[str]:
        """The lines of the journal that start with one of these, in order."""
        text = self.journal.read_text(encoding="utf-8") if self.journal.is_file() else ""
        return [line for line in text.splitlines() if line.startswith(starts)]

    def forget(self) -> None:
        """The journal begins anew, and nothing breaks any more."""
        self.journal.unlink(missing_ok=True)
        self.exit_code, self.breaks = 0, set()

    def outputs(self, stack: str) -> Answer:
        """What the stack says of itself; empty where there is none."""
        made = self.made(stack)
        return next((r["outputs"] for r in made if r["type"] == "pulumi:pulumi:Stack"), {})

    def stacks(self) -> list[str]:
        return sorted(file.stem for file in self.state.glob("*.json"))

    def look(self) -> None:
        """Sees what the engine has made since the last time."""
        made = [resource for stack in self.stacks() for resource in self.made(stack)]
        for resource in made:
            if resource["type"] == TASK_DEFINITION:
                self._define(resource["outputs"])
        for resource in made:
            if resource["type"] == SERVICE:
                self._deploy(resource["outputs"])

    def made(self, stack: str) -> list[Answer]:
        """The resources of the stack's state."""
        file = self.state / f"{stack}.json"
        return _resources(file) if file.is_file() else []

    def _define(self, made: Answer) -> None:
        self.definitions[made["arn"]] = {
            "taskDefinitionArn": made["arn"],
            "family": made["family"],
            "status": "ACTIVE",
            "containerDefinitions": json.loads(made["containerDefinitions"]),
        }

    def _deploy(self, made: Answer) -> None:
        cluster, name = made["cluster"].rpartition("/")[2], made["name"]
        service = self.services.setdefault((cluster, name), Service(cluster, name))
        if service.asked != made["taskDefinition"]:
            service.asked = made["taskDefinition"]
            service.deploy(service.asked, well=name not in self.breaks)

    def service(self, asked: Asked, key: str = "service") -> Service:
        found = self.services.get((asked["cluster"].rpartition("/")[2], asked[key]))
        if found is None:
            raise UnknownError("ServiceNotFoundException", f"there is no service {asked[key]}")
        return found

    def definition(self, arn: str) -> Answer:
        if arn not in self.definitions:
            raise UnknownError("ClientException", f"Unable to describe task definition {arn}.")
        return self.definitions[arn]

    def task(self, arn: str) -> Answer:
        """A service's task is named by the service; another is one that was run."""
        *_, cluster, name = arn.split("/")
        is_run = arn in self.migrations
        definition = self.migrations[arn] if is_run else self.services[cluster, name].running
        ended = {"exitCode": self.exit_code} if is_run else {}
        containers = [
            {"name": c["name"], "image": c["image"], **ended}
            for c in self.definition(definition)["containerDefinitions"]
        ]
        made = {"taskArn": arn, "taskDefinitionArn": definition, "containers": containers}
        if not is_run:
            return {**made, "lastStatus": "RUNNING", "desiredStatus": "RUNNING"}
        reason = "Essential container in task exited"
        return {
            **made,
            "lastStatus": "STOPPED",
            "desiredStatus": "STOPPED",
            "stoppedReason": reason,
        }


def _resources(file: Path) -> list[Answer]:
    checkpoint = json.loads(file.read_text(encoding="utf-8"))["checkpoint"]
    return (checkpoint.get("latest") or {}).get("resources") or []
