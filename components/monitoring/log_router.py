"""Fluent Bit as the sidecar that sends a service's log to Loki and to CloudWatch."""

from __future__ import annotations

import pulumi

from components.monitoring.services import host
from components.shared.link import Link, Sidecar
from settings.monitoring.images import LOKI

CONFIG = "/fluent-bit/plataforma/fluent-bit.conf"
# Longer than Fluent Bit's own grace period, in which it sends what it has buffered.
STOP_TIMEOUT_SECONDS = 40


def log_router(image: pulumi.Input[str], namespace: str) -> Link:
    """For a service whose log Fluent Bit sends on. Fargate lets only root read FireLens' socket and
    configuration (Amazon ECS Developer Guide, "Custom log routing")."""
    router = Sidecar(
        "log-router",
        image,
        user="0",
        environment={"LOKI_HOST": host(LOKI, namespace)},
        stop_timeout_seconds=STOP_TIMEOUT_SECONDS,
        firelens_config=CONFIG,
    )
    return Link("log-router", sidecars=[router])
