"""One service of the stack config."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from settings.section import Name, RetentionDays, Section, VariableName
from settings.service.health import Health
from settings.service.rollout import RolloutSettings
from settings.service.route import Route
from settings.service.scaling import ScalingSettings


class ServiceSettings(Section):
    """One service on Fargate. A port and a route make it a web service; neither, a worker."""

    image: str = Field(
        pattern=r"^([a-z](-?[a-z0-9])*|\S+/\S+@sha256:[0-9a-f]{64})$",
        description="A short name (images/Dockerfile.<name>), or a full reference with @sha256:.",
    )
    cpu: Literal[256, 512, 1024, 2048, 4096, 8192, 16384] = Field(
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
        default=(), description="Names under plataforma:secrets, given as variables of that name."
    )
    database: bool = Field(default=False, description="May reach the database: true or false.")
    cache: bool = Field(default=False, description="May reach the cache: true or false.")
    publishes: tuple[Name, ...] = Field(default=(), description="Broker queues it sends to.")
    consumes: tuple[Name, ...] = Field(default=(), description="Broker queues it reads.")
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

    @property
    def is_public(self) -> bool:
        return self.route is not None

    @field_validator("environment")
    @classmethod
    def _no_empty_values(cls, environment: dict[str, str]) -> dict[str, str]:
        empty = sorted(name for name, value in environment.items() if not value)
        if empty:
            raise ValueError(
                f"{', '.join(empty)} is empty; ECS drops empty variables: leave it out"
            )
        return environment
