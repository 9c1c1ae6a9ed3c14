"""Fluent Bit beside a container: its lines go to Loki and to CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.service.task_definition import Container

NAME = "log-router"
CONFIG = "/fluent-bit/plataforma/fluent-bit.conf"
# Longer than the router's own grace period, in which it sends what it still holds.
STOP_TIMEOUT_SECONDS = 40


@dataclass(frozen=True)
class LogRouter:
    """`image` by digest; `loki_host` is the name by which tasks find Loki."""

    image: pulumi.Output[str]
    loki_host: str


def router_container(
    router: LogRouter,
    *,
    service: str,
    environment: str,
    region: str,
    log_group: pulumi.Input[str],
    credentials_arn: pulumi.Input[str] | None,
) -> Container:
    """The sidecar. Fargate gives FireLens' socket and configuration to root alone
    (Amazon ECS Developer Guide, "Custom log routing"); every capability is dropped all the same."""
    variables: Mapping[str, pulumi.Input[str]] = {
        "AWS_REGION": region,
        "ENVIRONMENT": environment,
        "LOG_GROUP": log_group,
        "LOKI_HOST": router.loki_host,
        "SERVICE_NAME": service,
    }
    return Container(
        name=NAME,
        image=router.image,
        log_group=log_group,
        region=region,
        user="0",
        stop_timeout_seconds=STOP_TIMEOUT_SECONDS,
        environment=variables,
        credentials_arn=credentials_arn,
        log_router_config=CONFIG,
    )
