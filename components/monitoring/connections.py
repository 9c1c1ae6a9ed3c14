"""Which services of the monitoring connect to which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.monitoring import alertmanager, loki
from components.monitoring.services import PORTS
from components.network.security_groups import Protocol
from settings.monitoring.images import ALERTMANAGER, GRAFANA, LOKI, PROMETHEUS
from settings.service.service import ServiceSettings


@dataclass(frozen=True)
class Connection:
    """Connections from the service `source` to a port of the service `target`."""

    source: str
    target: str
    port: int
    protocol: Protocol = "tcp"

    @property
    def rule_name(self) -> str:
        suffix = "-udp" if self.protocol == "udp" else ""
        return f"{self.source}-to-{self.target}-{self.port}{suffix}"


def monitored_connections(monitored: Mapping[str, ServiceSettings]) -> Iterator[Connection]:
    """Prometheus scrapes the services and itself; services with a log router write to Loki."""
    for name, settings in monitored.items():
        if settings.metrics_port:
            yield Connection(PROMETHEUS, name, settings.metrics_port)
        if settings.log_driver == "awsfirelens":
            yield Connection(name, LOKI, PORTS[LOKI])
    yield Connection(PROMETHEUS, PROMETHEUS, PORTS[PROMETHEUS])


def self_hosted_connections(replicas: int) -> Iterator[Connection]:
    """Prometheus scrapes and alerts, Grafana reads, Loki alerts, replicas find each other."""
    for target in (ALERTMANAGER, LOKI, GRAFANA):
        yield Connection(PROMETHEUS, target, PORTS[target])
    for target in (PROMETHEUS, ALERTMANAGER, LOKI):
        yield Connection(GRAFANA, target, PORTS[target])
    yield Connection(LOKI, ALERTMANAGER, PORTS[ALERTMANAGER])
    if replicas > 1:
        yield Connection(ALERTMANAGER, ALERTMANAGER, alertmanager.GOSSIP_PORT)
        yield Connection(ALERTMANAGER, ALERTMANAGER, alertmanager.GOSSIP_PORT, "udp")
        yield Connection(LOKI, LOKI, loki.GOSSIP_PORT)
        yield Connection(LOKI, LOKI, loki.GRPC_PORT)
