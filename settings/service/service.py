"""One service of the stack config."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, field_validator

from settings.problems import Problem, nearest, repeated
from settings.section import Name, RetentionDays, Section, VariableName
from settings.service import fargate
from settings.service import rollout as rollouts
from settings.service.egress import Egress
from settings.service.health import Health
from settings.service.images import DIGEST
from settings.service.rollout import RolloutSettings
from settings.service.route import Route
from settings.service.scaling import ScalingSettings
from settings.service.smoke_test import SmokeTest
from settings.service.task.permissions import BucketAccess, Permission
from settings.service.task.sidecar import Condition, SidecarSettings
from settings.service.task.volumes import MountPath, path_problems

VARIABLES_OF_THE_PLATFORM = re.compile(
    r"^(DATABASE|REDIS|BROKER)_"
    r"|^(ENVIRONMENT|SERVICE_NAME|SERVICE_VERSION|PORT|METRICS_PORT|STOP_TIMEOUT_SECONDS"
    r"|TRUSTED_PROXIES)$"
)


def internal_url_variable(service: str) -> str:
    """The variable that holds the address of `service` in the services that may reach it."""
    return f"{service.upper().replace('-', '_')}_URL"


class ServiceSettings(Section):
    """One service on Fargate. A port and a route make it a web service; neither, a worker."""

    image: str = Field(
        pattern=rf"^([a-z](-?[a-z0-9])*|\S+/\S+@{DIGEST})$",
        description="A short name (images/Dockerfile.<name>), or a full reference with @sha256:.",
    )
    cpu: fargate.CpuUnits = Field(
        default=256, description="CPU units: 256, 512, 1024, 2048, 4096, 8192 or 16384."
    )
    memory: int = Field(default=512, description="MiB, from the sizes Fargate has beside the cpu.")
    architecture: Literal["arm64", "x86_64"] = Field(
        default="arm64", description="arm64 or x86_64."
    )
    user: str = Field(
        default="1000",
        pattern=r"^[1-9]\d*(:\d+)?$",
        description='Numeric user of the container in quotes, not 0, e.g. "1000".',
    )
    port: int | None = Field(
        default=None, ge=1024, le=65535, description="Port the container listens on, from 1024."
    )
    route: Route | None = Field(default=None, description="What the load balancer sends here.")
    health: Health = Field(default=Health(), description="Health checks and draining.")
    command: tuple[str, ...] = Field(default=(), description="Instead of the image's command.")
    environment: dict[VariableName, str] = Field(
        default_factory=dict[str, str],
        description="Variables in plain text: names in upper case, values in quotes.",
    )
    secrets: tuple[VariableName, ...] = Field(
        default=(), description="Names under plataforma:secrets, set as environment variables."
    )
    database: bool = Field(default=False, description="May reach the database: true or false.")
    cache: bool = Field(default=False, description="May reach the cache: true or false.")
    publishes: tuple[Name, ...] = Field(default=(), description="Broker queues it sends to.")
    consumes: tuple[Name, ...] = Field(default=(), description="Broker queues it reads.")
    buckets: dict[Name, BucketAccess] = Field(
        default_factory=dict[str, BucketAccess],
        description="Buckets of plataforma:buckets that it may use, each with read or read-write. "
        "It gets their names as <NAME>_BUCKET.",
    )
    volumes: dict[Name, MountPath] = Field(
        default_factory=dict[str, str],
        description="Volumes of plataforma:volumes, each with the path at which its container has "
        "the files, e.g. {uploads: /data}.",
    )
    permissions: tuple[Permission, ...] = Field(
        default=(),
        max_length=20,
        description="IAM statements of its task role, besides those of the keys above: at most 20.",
    )
    reachable_by: tuple[Name, ...] = Field(
        default=(),
        description="Services that may connect to its port; for a port without a route. They get "
        "its address as <NAME>_URL.",
    )
    sidecars: dict[Name, SidecarSettings] = Field(
        default_factory=dict[str, SidecarSettings], description="Further containers by name."
    )
    depends_on: dict[Name, Condition] = Field(
        default_factory=dict[str, Condition],
        description="Sidecars that the service's container waits for, each with start, healthy, "
        "complete or success.",
    )
    egress: tuple[Egress, ...] = Field(
        default=(),
        max_length=20,
        description="Ports outside the stack that it may connect to, besides 443: at most 20.",
    )
    spot_share: int = Field(
        default=0, ge=0, le=100, description="Percent of tasks on Fargate Spot, 0 to 100."
    )
    stop_timeout_seconds: int = Field(
        default=30, ge=2, le=120, description="Seconds from SIGTERM to SIGKILL, 2 to 120."
    )
    log_driver: Literal["awslogs", "awsfirelens"] = Field(
        default="awslogs",
        description="awslogs (to CloudWatch), or awsfirelens (Fluent Bit beside the container, to "
        "Loki and to CloudWatch; needs monitoring.mode: self-hosted).",
    )
    log_retention_days: RetentionDays = 30
    metrics_port: int | None = Field(
        default=None,
        ge=1024,
        le=65535,
        description="Port of GET /metrics, which Prometheus asks, e.g. 9464; default: none.",
    )
    scaling: ScalingSettings = Field(default=ScalingSettings(), description="Range and targets.")
    rollout: RolloutSettings = Field(
        default=RolloutSettings(), description="How a new version replaces the old."
    )
    smoke_tests: tuple[SmokeTest, ...] = Field(
        default=(),
        max_length=20,
        description="Requests that the pipeline sends after a deployment, besides the health path: "
        "a list of {path, codes, contentType, version}, at most 20.",
    )

    @property
    def is_public(self) -> bool:
        return self.route is not None

    @property
    def drain_seconds(self) -> int:
        return rollouts.drain_seconds(
            self.health, self.stop_timeout_seconds, has_route=self.is_public
        )

    @property
    def deploy_wait_seconds(self) -> int:
        """Seconds that a healthy deployment takes because of the settings."""
        if not self.is_public:
            return rollouts.START_SECONDS + self.drain_seconds
        return rollouts.deployment_seconds(self.health, self.rollout) + self.drain_seconds

    @field_validator("environment")
    @classmethod
    def _no_empty_values(cls, environment: dict[str, str]) -> dict[str, str]:
        empty = sorted(name for name, value in environment.items() if not value)
        if empty:
            raise ValueError(
                f"{', '.join(empty)} is empty; ECS drops empty variables: leave it out"
            )
        return environment

    def problems(self) -> Iterator[Problem]:
        yield from fargate.size_problems(self.cpu, self.memory)
        yield from _without_a_route(self)
        if self.is_public and self.port is None:
            yield Problem("port", "is missing; a service with a route needs one.")
        yield from _stickiness(self)
        if self.rollout.strategy == "codedeploy" and self.spot_share == 100:
            text = "100 leaves CodeDeploy no task to fall back on while Spot has none; 99 at most."
            yield Problem("spotShare", text)
        yield from _too_long(self)
        yield from _internal(self)
        for index in _repeated_egress(self.egress):
            yield Problem(f"egress.{index}", "is listed twice.")
        yield from _variables(self)
        yield from _dependencies(self)
        yield from path_problems(self.volumes)


def _stickiness(service: ServiceSettings) -> Iterator[Problem]:
    """Several target groups of one action, of which one is sticky, need stickiness to the group,
    which would keep browsers on old tasks. Source: User Guide for Application Load Balancers,
    "Listener rules", forward actions."""
    strategy = service.rollout.strategy
    if service.route and service.route.stickiness and strategy != "rolling":
        text = f"needs rollout.strategy rolling: with {strategy} the rule forwards to two target"
        yield Problem("route.stickiness", f"{text} groups, and AWS refuses sticky ones there.")


def _too_long(service: ServiceSettings) -> Iterator[Problem]:
    most, wait = rollouts.MOST_WAIT_SECONDS // 60, math.ceil(service.deploy_wait_seconds / 60)
    if wait > most:
        text = f"a deployment takes {wait} minutes when it is healthy, and at most {most} fit the"
        hint = (
            "pipeline's job with one that fails and its rollback: lower stepMinutes or bakeMinutes"
        )
        yield Problem("rollout", f"{text} {hint}, or health's delay and thresholds.")


def _dependencies(service: ServiceSettings) -> Iterator[Problem]:
    """Source: Amazon ECS API, ContainerDependency, condition."""
    for name, condition in service.depends_on.items():
        path, sidecar = f"dependsOn.{name}", service.sidecars.get(name)
        if sidecar is None:
            yield Problem(path, f"is not under sidecars.{nearest(name, service.sidecars)}")
        elif condition == "healthy" and not sidecar.health_command:
            yield Problem(path, f"healthy needs sidecars.{name}.healthCommand.")
        elif condition in ("complete", "success") and sidecar.essential:
            text = f"{condition} is for a container that ends: set sidecars.{name}.essential to"
            yield Problem(path, f"{text} false.")


def _internal(service: ServiceSettings) -> Iterator[Problem]:
    """A port without a route is for other services of the stack: which ones must be said."""
    if service.reachable_by and (service.is_public or service.port is None):
        what = "it has a route: others call its address" if service.is_public else "it has no port"
        yield Problem("reachableBy", f"is for a port without a route; {what}.")
    if service.port is not None and not service.is_public and not service.reachable_by:
        text = "nobody may connect to it: give a route, or reachableBy with the services that may."
        yield Problem("port", text)
    for name in repeated(service.reachable_by):
        yield Problem("reachableBy", f"{name} is listed twice.")


def _repeated_egress(egress: tuple[Egress, ...]) -> Iterator[int]:
    return (index for index, item in enumerate(egress) if item in egress[:index])


def _without_a_route(service: ServiceSettings) -> Iterator[Problem]:
    """Keys that need a load balancer before the service."""
    if service.is_public:
        return
    if service.smoke_tests:
        yield Problem("smokeTests", "are requests over the stack's address; it has no route.")
    if service.scaling.requests_per_target:
        text = "counts the load balancer's requests; the service has no route."
        yield Problem("scaling.requestsPerTarget", text)
    strategy = service.rollout.strategy
    if strategy != "rolling":
        text = f"{strategy} shifts a load balancer's traffic; the service has no route."
        yield Problem("rollout.strategy", text)


def _variables(service: ServiceSettings) -> Iterator[Problem]:
    for variable in service.environment:
        path = f"environment.{variable}"
        if VARIABLES_OF_THE_PLATFORM.search(variable):
            yield Problem(path, "the platform sets this variable itself: leave it out.")
        elif variable in service.secrets:
            yield Problem(path, "is also listed under secrets; a variable has one source.")
    for variable in repeated(service.secrets):
        yield Problem("secrets", f"{variable} is listed twice.")
    for variable in service.secrets:
        if VARIABLES_OF_THE_PLATFORM.search(variable):
            text = f"{variable}: the platform gives this one to services that may use it."
            yield Problem("secrets", text)
