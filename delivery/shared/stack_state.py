"""A stack's state, as `pulumi stack export` prints it: what the last update asked for.

Unlike the stack's outputs, which stay those of the last update that succeeded, it has what an
update asked for that failed. A resource whose deployment failed after the call of AWS is in it with
the new inputs and with `initErrors`; on the first deployment, too. Source: Pulumi 3.260.0,
pkg/resource/deploy/step.go, UpdateStep and CreateStep; pulumi-terraform-bridge 3.124.0,
pkg/tfbridge/provider.go, initializationError.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from delivery.shared.errors import InputError
from delivery.shared.json_file import read_json
from delivery.shared.outputs import StackOutputs, checked_outputs
from delivery.shared.pulumi_cli import pulumi
from settings.service.rollout import LEAST_TIMEOUT_SECONDS

COMMAND = "pulumi stack export"
STACK = "pulumi:pulumi:Stack"
COMPONENT = "plataforma:service:Service"
IMAGE = "plataforma:service:Image"
SERVICE = "aws:ecs/service:Service"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class _Timeouts(_Model):
    update: float = 0


class Resource(_Model):
    """A resource of the state. `delete`: it was replaced, and is still to be deleted."""

    urn: str
    type: str
    delete: bool = False
    inputs: dict[str, Any] = Field(default_factory=dict[str, Any])
    outputs: dict[str, Any] = Field(default_factory=dict[str, Any])
    init_errors: list[str] | None = None
    custom_timeouts: _Timeouts | None = None

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]


class _Deployment(_Model):
    resources: list[Resource] = Field(default_factory=list[Resource])


class _Export(_Model):
    deployment: _Deployment


@dataclass(frozen=True)
class AskedService:
    """A service as the last update asked for it. `task_definition` and `service_name` are empty
    where the update ended before they were made; `errors`: why its deployment failed;
    `timeout_seconds`: how long Pulumi waits for a deployment."""

    name: str
    cluster: str
    service_name: str
    task_definition: str
    by_code_deploy: bool
    timeout_seconds: float
    errors: tuple[str, ...]


@dataclass(frozen=True)
class StackState:
    resources: tuple[Resource, ...]
    source: str

    @cached_property
    def outputs(self) -> StackOutputs | None:
        """Those of the last update that succeeded; None where none has.

        Errors: InputError listing every problem of them.
        """
        stacks = (r.outputs for r in self.resources if r.type == STACK)
        outputs = next(stacks, {})
        return checked_outputs(outputs, self.source, COMMAND) if outputs else None

    @property
    def region(self) -> str:
        """Of the stack's ECS resources; empty where it has none."""
        arns = (str(r.outputs.get("arn", "")) for r in self._of_type(SERVICE, TASK_DEFINITION))
        found = (re.match(r"arn:[^:]+:ecs:([^:]+):", arn) for arn in arns)
        return next((match[1] for match in found if match), "")

    def services(self) -> dict[str, AskedService]:
        """By name."""
        components = [r.name for r in self._of_type(COMPONENT)]
        return {name: self._asked(name) for name in sorted(components)}

    def task_definitions(self) -> dict[str, str]:
        """ARNs by the names of their resources."""
        return {r.name: str(r.outputs.get("arn", "")) for r in self._of_type(TASK_DEFINITION)}

    def replaced_task_definitions(self) -> list[str]:
        """URNs of those whose replacement stands, and which a failed update has not deleted."""
        return [r.urn for r in self.resources if r.delete and r.type == TASK_DEFINITION]

    def named(self, token: str, name: str) -> Resource | None:
        return next((r for r in self._of_type(token) if r.name == name), None)

    def _of_type(self, *tokens: str) -> Iterator[Resource]:
        return (r for r in self.resources if r.type in tokens and not r.delete)

    def _asked(self, name: str) -> AskedService:
        service, definition = self.named(SERVICE, name), self.named(TASK_DEFINITION, name)
        inputs = service.inputs if service else {}
        controller = inputs.get("deploymentController") or {}
        timeouts = service.custom_timeouts if service else None
        return AskedService(
            name=name,
            cluster=str(inputs.get("cluster", "")).rpartition("/")[2],
            service_name=str(inputs.get("name", "")),
            task_definition=str(definition.outputs.get("arn", "")) if definition else "",
            by_code_deploy=controller.get("type") == "CODE_DEPLOY",
            timeout_seconds=(timeouts.update if timeouts else 0) or LEAST_TIMEOUT_SECONDS,
            errors=tuple((service.init_errors if service else None) or ()),
        )


def read_state(path: Path) -> StackState:
    """Errors: InputError if the file is no state."""
    return state_in(read_json(path, COMMAND), str(path))


def state_of_stack(stack: str, project: Path) -> StackState:
    """Asks the CLI for it. Errors: PulumiError if the CLI fails."""
    text = pulumi(*COMMAND.split()[1:], "--stack", stack, project=project)
    return state_in(json.loads(text), f"the state of {stack}")


def state_in(content: object, source: str) -> StackState:
    """Errors: InputError if the content is no state."""
    try:
        export = _Export.model_validate(content)
    except ValidationError:
        raise InputError(f"{source} is no state. Write it again: {COMMAND} >{source}") from None
    return StackState(tuple(export.deployment.resources), source)
