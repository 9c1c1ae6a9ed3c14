"""Exporters: sidecars of Prometheus that translate what has no /metrics of its own."""

from __future__ import annotations

import pulumi

from components.monitoring.services import NOBODY
from components.shared.link import Link, Sidecar
from rendering.prometheus import BLACKBOX_EXPORTER, POSTGRES_EXPORTER, REDIS_EXPORTER

# Shorter than a scrape may take, or a server that drops packets leaves no `pg_up` and no `redis_up`
# to alert on. Defaults: 15 s (redis_exporter 1.89 main.go), without an end (lib/pq 1.10);
# postgres_exporter 0.19.1 waits for one second more (exporter/server.go).
CONNECT_SECONDS = 3


def postgres_exporter(image: pulumi.Input[str], database: Link) -> Sidecar:
    variables = database.environment
    address = pulumi.Output.concat(
        variables["DATABASE_HOST"],
        ":",
        variables["DATABASE_PORT"],
        "/",
        variables["DATABASE_NAME"],
        f"?sslmode=require&connect_timeout={CONNECT_SECONDS}",
    )
    return Sidecar(
        "postgres-exporter",
        image,
        NOBODY,
        ("postgres_exporter", _listen_on(POSTGRES_EXPORTER)),
        {"DATA_SOURCE_URI": address, "DATA_SOURCE_USER": variables["DATABASE_USERNAME"]},
        {"DATA_SOURCE_PASS": database.secrets["DATABASE_PASSWORD"]},
    )


def redis_exporter(image: pulumi.Input[str], cache: Link) -> Sidecar:
    variables = cache.environment
    address = pulumi.Output.concat(
        "rediss://", variables["REDIS_HOST"], ":", variables["REDIS_PORT"]
    )
    return Sidecar(
        "redis-exporter",
        image,
        NOBODY,
        (
            "redis_exporter",
            _listen_on(REDIS_EXPORTER),
            "--config-command=-",  # ElastiCache rejects CONFIG.
            f"--connection-timeout={CONNECT_SECONDS}s",
        ),
        {"REDIS_ADDR": address},
        {"REDIS_PASSWORD": cache.secrets["REDIS_PASSWORD"]},
    )


def blackbox_exporter(image: pulumi.Input[str]) -> Sidecar:
    """Probes the platform's public pages."""
    command = (
        "blackbox_exporter",
        "--config.file=/etc/blackbox/blackbox.yml",
        _listen_on(BLACKBOX_EXPORTER),
    )
    return Sidecar("blackbox-exporter", image, NOBODY, command)


def _listen_on(port: int) -> str:
    return f"--web.listen-address=127.0.0.1:{port}"
