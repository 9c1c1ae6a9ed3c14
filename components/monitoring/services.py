"""What the services of the monitoring have in common: names, ports, addresses, settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from components.shared.link import Link
from rendering.alertmanager import secret_file
from settings.monitoring.images import ALERTMANAGER, GRAFANA, LOKI, PROMETHEUS
from settings.service.health import Health
from settings.service.scaling import ScalingSettings
from settings.service.service import ServiceSettings

PORTS = {PROMETHEUS: 9090, ALERTMANAGER: 9093, GRAFANA: 3000, LOKI: 3100}
NOBODY = "65534"
CONFIG_DIR, SECRETS_DIR = "/tmp/config", "/tmp/secrets"


@dataclass(frozen=True)
class ServiceDefinition:
    """What a service of the monitoring is made from. `disk_gib` is its tasks' ephemeral storage, or
    None for Fargate's 20."""

    settings: ServiceSettings
    links: Sequence[Link]
    disk_gib: int | None = None


def host(service: str, namespace: str) -> str:
    """The name by which tasks find a service in the Cloud Map namespace."""
    return f"{service}.{namespace}"


def url(service: str, namespace: str) -> str:
    return f"http://{host(service, namespace)}:{PORTS[service]}"


def service_settings(name: str, replicas: int, **settings: Any) -> ServiceSettings:
    """Settings of `replicas` tasks that serve their metrics on the service's one port."""
    defaults: dict[str, Any] = {
        "image": name,
        "user": NOBODY,
        "port": PORTS[name],
        "metrics_port": PORTS[name],
        "scaling": ScalingSettings(min=replicas, max=replicas),
    }
    return ServiceSettings(**(defaults | settings))


def readiness_check(name: str) -> Health:
    address = f"http://127.0.0.1:{PORTS[name]}/-/ready"
    command = ("CMD", "wget", "--quiet", "--output-document=/dev/null", address)
    return Health(command=command, grace_period_seconds=120)


def secret_files(names: Collection[str]) -> dict[str, str]:
    """The path to which the image's entrypoint writes each secret."""
    return {name: secret_file(SECRETS_DIR, name) for name in sorted(names)}


def files_variable(paths: Mapping[str, str]) -> str:
    """The value of FILES, from which the image's entrypoint writes variables to files."""
    return " ".join(f"{name}={path}" for name, path in sorted(paths.items()))


def to_yaml(config: Mapping[str, Any]) -> str:
    return yaml.safe_dump(config, sort_keys=False)
