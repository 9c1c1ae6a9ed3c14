"""AWS as the delivery commands see it after a simulated `pulumi up`.

Services and task definitions are read from the engine's state. A changed task definition of a
service is a deployment, which succeeds at once, or is rolled back where `breaks` names the service:
then `pulumi up` fails, too (tests/support/failed_rollouts.py).
Each service lists one task, and counts as many as it was scaled to; a task started by RunTask
(migrations) stops at once with `exit_code`. No log group has lines.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commands.render.taskdefs import request

SERVICE = "aws:ecs/service:Service"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
ARN = "arn:aws:ecs:eu-west-1:123456789012"
OF_PULUMI = frozenset({"id", "arn", "arnWithoutRevision", "tagsAll", "tags", "region"})
"""Outputs of a task definition that are no parameters of RegisterTaskDefinition."""
Asked = dict[str, Any]
Answer = dict[str, Any]


class UnknownError(Exception):
    """A resource or an action that is unknown: AWS's error code and message."""


@dataclass
class Service:
    """A service and its deployments, oldest first."""

    cluster: str
    name: str
    asked: str = ""
    """The task definition that the stack deployed last."""
    deployments: list[dict[str, Any]] = field(default_factory=list[Any])
    tasks: int = 1

    @property
    def running(self) -> str:
        well = (d for d in reversed(self.deployments) if d["status"] == "SUCCESSFUL")
        return next((d["target"] for d in well), "")

    def deploy(self, task_definition: str, *, well: bool) -> None:
        deployment: dict[str, Any] = {
            "serviceDeploymentArn": f"{self._arn('service-deployment')}/{len(self.deployments)}",
            "createdAt": time.time(),
            "status": "SUCCESSFUL" if well else "ROLLBACK_SUCCESSFUL",
            "target": task_definition,
        }
        if not well:
            deployment["rollback"] = {"reason": "ECS deployment circuit breaker was triggered."}
        self.deployments.append(deployment)

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
    """`state` is the folder of the engine's state files, `journal` is the file that records
    all calls."""

    state: Path
    journal: Path
    url: str = ""
    exit_code: int = 0
    breaks: set[str] = field(default_factory=set[str])
    """Services whose next deployments the circuit breaker rolls back."""
    services: dict[tuple[str, str], Service] = field(default_factory=dict[tuple[str, str], Service])
    definitions: dict[str, Answer] = field(default_factory=dict[str, Answer])
    migrations: dict[str, str] = field(default_factory=dict[str, str])
    """Tasks started by RunTask, with their task definitions."""

    def asked(self, *starts: str) -> list[str]:
        """The lines of the journal that start with one of these, in order."""
        text = self.journal.read_text(encoding="utf-8") if self.journal.is_file() else ""
        return [line for line in text.splitlines() if line.startswith(starts)]

    def reset(self) -> None:
        """Clears the journal and the failures."""
        self.journal.unlink(missing_ok=True)
        self.exit_code = 0
        self.breaks.clear()

    def outputs(self, stack: str) -> Answer:
        """The outputs of the stack; empty where there is none."""
        resources = self.resources(stack)
        return next((r["outputs"] for r in resources if r["type"] == "pulumi:pulumi:Stack"), {})

    def stacks(self) -> list[str]:
        return sorted(file.stem for file in self.state.glob("*.json"))

    def look(self) -> None:
        """Reads what the engine has deployed since the last call."""
        resources = [resource for stack in self.stacks() for resource in self.resources(stack)]
        for resource in resources:
            if resource["type"] == TASK_DEFINITION:
                self._define(resource["outputs"])
        for resource in resources:
            if resource["type"] == SERVICE:
                self._deploy(resource["outputs"])

    def resources(self, stack: str) -> list[Answer]:
        """The resources of the stack's state."""
        file = self.state / f"{stack}.json"
        return _resources(file) if file.is_file() else []

    def _define(self, outputs: Answer) -> None:
        self.definitions[outputs["arn"]] = {
            **request({key: value for key, value in outputs.items() if key not in OF_PULUMI}),
            "taskDefinitionArn": outputs["arn"],
            "status": "ACTIVE",
        }

    def _deploy(self, outputs: Answer) -> None:
        cluster, name = outputs["cluster"].rpartition("/")[2], outputs["name"]
        service = self.services.setdefault((cluster, name), Service(cluster, name))
        if service.asked != outputs["taskDefinition"]:
            service.asked = outputs["taskDefinition"]
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
        """A service's task has the service's name; others were started by RunTask."""
        *_, cluster, name = arn.split("/")
        is_run = arn in self.migrations
        definition = self.migrations[arn] if is_run else self.services[cluster, name].running
        ended = {"exitCode": self.exit_code} if is_run else {}
        containers = [
            {"name": c["name"], "image": c["image"], **ended}
            for c in self.definition(definition)["containerDefinitions"]
        ]
        task = {"taskArn": arn, "taskDefinitionArn": definition, "containers": containers}
        if not is_run:
            return {**task, "lastStatus": "RUNNING", "desiredStatus": "RUNNING"}
        reason = "Essential container in task exited"
        return {
            **task,
            "lastStatus": "STOPPED",
            "desiredStatus": "STOPPED",
            "stoppedReason": reason,
        }


def _resources(file: Path) -> list[Answer]:
    checkpoint = json.loads(file.read_text(encoding="utf-8"))["checkpoint"]
    return (checkpoint.get("latest") or {}).get("resources") or []
