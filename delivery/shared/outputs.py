"""A stack's outputs, as `pulumi stack output --json` prints them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from delivery.shared.errors import InputError
from delivery.shared.image_digests import ImageDigests
from delivery.shared.json_file import read_json
from delivery.shared.pulumi_cli import pulumi
from settings.project import ROOT
from settings.service.health import CODES
from settings.service.images import DIGEST
from settings.service.rollout import Strategy

TASK_DEFINITION = (
    r"^arn:(aws[a-z-]*):ecs:([a-z0-9-]+):(\d{12}):task-definition/([A-Za-z0-9_-]+):(\d+)$"
)

TaskDefinitionArn = Annotated[str, Field(pattern=TASK_DEFINITION)]
COMMAND = "pulumi stack output --json"


class _Model(BaseModel):
    """Ignores outputs that delivery does not read."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, strict=True)


class Network(_Model):
    """Where a one-off task runs."""

    cluster: str = Field(min_length=1)
    subnets: list[str] = Field(min_length=1)
    security_groups: list[str] = Field(min_length=1)
    assign_public_ip: Literal["ENABLED", "DISABLED"]


class ServiceOutput(_Model):
    """A service in its desired state. `deploy_wait_seconds`: the length of a healthy rollout;
    `network`: where its one-off tasks run."""

    service_name: str = Field(min_length=1)
    task_definition: TaskDefinitionArn
    image: str = Field(pattern=rf"^[^@\s]+@{DIGEST}$")
    rollout: Strategy
    deploy_wait_seconds: int = Field(ge=0)
    code_deploy_application: str | None = None
    code_deploy_deployment_group: str | None = None
    app_spec: str | None = None
    network: Network | None = None

    @model_validator(mode="after")
    def _code_deploy_is_complete(self) -> ServiceOutput:
        parts = (self.code_deploy_application, self.code_deploy_deployment_group, self.app_spec)
        if self.rollout == "codedeploy" and not all(parts):
            raise ValueError(
                "rollout is codedeploy, but codeDeployApplication, codeDeployDeploymentGroup or "
                "appSpec is missing"
            )
        return self

    @property
    def family(self) -> str:
        return family_of(self.task_definition)

    @property
    def image_name(self) -> str:
        """The image's short name: `backend` of ghcr.io/owner/name/backend@sha256:..."""
        return self.image.partition("@")[0].rpartition("/")[2]

    @property
    def registry(self) -> str:
        """What stands before the image's short name: ghcr.io/owner/name."""
        return self.image.partition("@")[0].rpartition("/")[0]

    @property
    def digest(self) -> str:
        return self.image.partition("@")[2]


class Migrations(Network):
    """The one-off task that migrates the database's schema."""

    task_definition: TaskDefinitionArn
    command: list[str] = Field(min_length=1)


class JobOutput(Network):
    """A job: its task, and the container that runs its command."""

    task_definition: TaskDefinitionArn
    container: str = Field(min_length=1)


class SmokeTest(_Model):
    """A request over the public address, and the answer that it must have."""

    url: str = Field(pattern=r"^https?://[^/]+/")
    codes: str = Field(pattern=CODES)
    content_type: str | None = None
    version: bool = False


class StackOutputs(_Model):
    """The outputs that delivery reads."""

    cluster: str = Field(min_length=1)
    services: dict[str, ServiceOutput] = Field(min_length=1)
    image_digests: ImageDigests
    migrations: Migrations | None = None
    jobs: dict[str, JobOutput] = Field(default_factory=dict[str, JobOutput])
    urls: list[str] = Field(default_factory=list)
    smoke_tests: dict[str, list[SmokeTest]] = Field(default_factory=dict[str, list[SmokeTest]])

    @property
    def region(self) -> str:
        """The region of the stack: that of its task definitions."""
        return _parts(next(iter(self.services.values())).task_definition)[1]

    def service(self, name: str) -> ServiceOutput:
        if name not in self.services:
            known = ", ".join(sorted(self.services))
            raise InputError(f"--service {name}: the stack has no such service. It has: {known}.")
        return self.services[name]

    def job(self, name: str) -> JobOutput:
        if name not in self.jobs:
            known = ", ".join(sorted(self.jobs)) or "none"
            raise InputError(f"--job {name}: the stack has no such job. It has: {known}.")
        return self.jobs[name]


def read_outputs(path: Path) -> StackOutputs:
    """Errors: InputError listing every problem of the file."""
    return checked_outputs(read_json(path, COMMAND), str(path), f"{COMMAND} > {path}")


def outputs_of_stack(stack: str) -> StackOutputs:
    """Those that the Pulumi CLI reads from the stack's state.

    Errors: InputError listing every problem of them; PulumiError if the CLI fails.
    """
    text = pulumi(*COMMAND.split()[1:], "--stack", stack, project=ROOT)
    return checked_outputs(json.loads(text), f"the state of {stack}", f"{COMMAND} --stack {stack}")


def checked_outputs(raw: object, place: str, command: str) -> StackOutputs:
    """`place` holds them, and `command` writes it. Errors: InputError listing every problem."""
    try:
        return StackOutputs.model_validate(raw)
    except ValidationError as error:
        problems = [f"  {_location(e['loc'])}: {_message(e['msg'])}" for e in error.errors()]
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise InputError(
            "\n".join(
                [
                    f"{place} has {count}; nothing was changed:",
                    *problems,
                    f"Write it again after a complete `pulumi up`: {command}",
                ]
            )
        ) from None


def family_of(arn: str) -> str:
    """`plataforma-staging-backend` of .../plataforma-staging-backend:42."""
    return _parts(arn)[3]


def account_of(arn: str) -> str:
    return _parts(arn)[2]


def revision_of(arn: str) -> int:
    return int(_parts(arn)[4])


def short(arn: str) -> str:
    """family:revision of a task definition's ARN."""
    return arn.rpartition("/")[2]


def _parts(arn: str) -> tuple[str, ...]:
    found = re.match(TASK_DEFINITION, arn)
    if found is None:
        raise InputError(f"{arn} is not the ARN of a task definition's revision.")
    return found.groups()


def _location(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the file"


def _message(message: str) -> str:
    return message.removeprefix("Value error, ")
