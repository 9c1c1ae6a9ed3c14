"""The parts of the monitoring as services: sizes, commands, ports, health. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rendering.alertmanager import secret_file
from settings.monitoring.images import ALERTMANAGER, GRAFANA, LOKI, PROMETHEUS
from settings.monitoring.monitoring import PrometheusSettings
from settings.service.health import Health
from settings.service.route import Route
from settings.service.scaling import ScalingSettings
from settings.service.service import ServiceSettings

PORTS = {PROMETHEUS: 9090, ALERTMANAGER: 9093, GRAFANA: 3000, LOKI: 3100}
ALERTMANAGER_GOSSIP, LOKI_GOSSIP, LOKI_GRPC = 9094, 7946, 9095
# What a browser posts to beside /api/*, for a CDN.
GRAFANA_UNCACHED = ("/api/*", "/apis/*", "/login*")
NOBODY = "65534"
CONFIG_DIR, SECRETS_DIR = "/tmp/config", "/tmp/secrets"
# Of the task's disk; the rest is for the write-ahead log and for compaction.
SERIES_SHARE = 0.8


def secret_files(names: Collection[str]) -> dict[str, str]:
    """Path in the container by secret, where the image's entrypoint puts it."""
    return {name: secret_file(SECRETS_DIR, name) for name in sorted(names)}


def prometheus(settings: PrometheusSettings, replicas: int) -> ServiceSettings:
    """Its series are on the task's own disk, never on NFS, which Prometheus does not support."""
    series = int(settings.disk_gib * SERIES_SHARE)
    return _prometheus(
        settings,
        replicas,
        "--storage.tsdb.path=/tmp/prometheus",
        f"--storage.tsdb.retention.time={settings.retention_days}d",
        f"--storage.tsdb.retention.size={series}GB",
    )


def prometheus_agent(settings: PrometheusSettings) -> ServiceSettings:
    """Sends everything on and keeps nothing; one is enough, for two would send all series twice."""
    return _prometheus(settings, 1, "--agent", "--storage.agent.path=/tmp/prometheus")


def alertmanager(replicas: int, *, host: str, external_url: str) -> ServiceSettings:
    """Peers find each other by the service's name (Alertmanager, "High Availability")."""
    alone = ("--cluster.listen-address=",)
    peers = (
        f"--cluster.listen-address=0.0.0.0:{ALERTMANAGER_GOSSIP}",
        f"--cluster.peer={host}:{ALERTMANAGER_GOSSIP}",
    )
    return _service(
        ALERTMANAGER,
        replicas,
        command=(
            f"--config.file={CONFIG_DIR}/alertmanager.yml",
            "--storage.path=/tmp/alertmanager",
            f"--web.external-url={external_url}",
            "--web.route-prefix=/",
            *(alone if replicas == 1 else peers),
        ),
        health=_ready(ALERTMANAGER),
    )


def loki(replicas: int) -> ServiceSettings:
    """What it holds in memory goes to S3 when it stops. Its image has no shell to ask it with."""
    return _service(
        LOKI,
        replicas,
        cpu=512,
        memory=1024,
        user="10001",
        command=("-config.file=/etc/loki/aws.yml", "-config.expand-env=true"),
        stop_timeout_seconds=120,
    )


def grafana(replicas: int, host: str) -> ServiceSettings:
    return _service(
        GRAFANA,
        replicas,
        user="472",
        route=Route(hosts=(host,)),
        health=Health(path="/api/health", grace_period_seconds=120),
        database=True,
    )


def _prometheus(settings: PrometheusSettings, replicas: int, *storage: str) -> ServiceSettings:
    return _service(
        PROMETHEUS,
        replicas,
        cpu=settings.cpu,
        memory=settings.memory,
        command=(f"--config.file={CONFIG_DIR}/prometheus.yml", *storage),
        health=_ready(PROMETHEUS),
        stop_timeout_seconds=120,
    )


def _ready(name: str) -> Health:
    address = f"http://127.0.0.1:{PORTS[name]}/-/ready"
    command = ("CMD", "wget", "--quiet", "--output-document=/dev/null", address)
    return Health(command=command, grace_period_seconds=120)


def _service(name: str, replicas: int, **settings: Any) -> ServiceSettings:
    port = PORTS[name]
    given: dict[str, Any] = {
        "image": name,
        "user": NOBODY,
        "port": port,
        "metrics_port": port,
        "scaling": ScalingSettings(min=replicas, max=replicas),
        **settings,
    }
    return ServiceSettings(**given)
