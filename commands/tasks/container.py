"""A container definition as the arguments of `docker create`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Where Debian's and Red Hat's programs look for the authorities that they trust; Node is told.
# Fluent Bit reads the second path alone (include/fluent-bit/tls/flb_tls_info.h.in).
AUTHORITIES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-bundle.crt")
TRUST = {"NODE_EXTRA_CA_CERTS": AUTHORITIES[0], "SSL_CERT_FILE": AUTHORITIES[0]}
# ECS API, "ContainerDefinition" and "HealthCheck": values where a definition has none.
STOP_SECONDS, INTERVAL, TIMEOUT, RETRIES = 30, 30, 5, 3
SUPPORTED = {
    *("name", "image", "command", "entryPoint", "workingDirectory", "user", "environment"),
    *("secrets", "readonlyRootFilesystem", "mountPoints", "portMappings", "essential"),
    *("dependsOn", "healthCheck", "stopTimeout", "startTimeout", "linuxParameters", "ulimits"),
    *("logConfiguration", "firelensConfiguration", "dockerLabels", "repositoryCredentials"),
    *("cpu", "memory", "memoryReservation", "versionConsistency"),
}


class NotRunError(Exception):
    """A container definition asks for what is not run here."""


@dataclass(frozen=True)
class Surroundings:
    """What a container gets beside its definition. `variables`: those that ECS and this machine
    set; `secrets`: the names of those whose value is in the environment of the engine's command;
    `volumes`: the engine's volume by the definition's; `image_volumes`: the paths that the image
    declares as volumes; `mounts`: further mounts; `logging`: options of the log driver. `init`:
    whether the engine can give it an init process."""

    name: str
    image: str
    network_of: str
    variables: Mapping[str, str]
    volumes: Mapping[str, str]
    image_volumes: Sequence[str]
    mounts: Sequence[str]
    logging: Sequence[str]
    labels: Sequence[str]
    init: bool = True


def arguments(container: Mapping[str, Any], around: Surroundings) -> list[str]:
    """The options, image and command for `docker create`. Errors: NotRunError."""
    if unknown := set(container) - SUPPORTED:
        raise NotRunError(f"{container['name']}: {', '.join(sorted(unknown))} is not run here")
    entry_point: list[str] = container.get("entryPoint", [])
    return [
        f"--name={around.name}",
        f"--network=container:{around.network_of}",
        *around.labels,
        *_process(container, init=around.init),
        *_variables(container, around),
        *_mounts(container, around),
        *_health(container.get("healthCheck")),
        *around.logging,
        *(["--entrypoint", entry_point[0]] if entry_point else []),
        around.image,
        *entry_point[1:],
        *container.get("command", []),
    ]


def _process(container: Mapping[str, Any], *, init: bool) -> list[str]:
    linux = container.get("linuxParameters", {})
    capabilities = linux.get("capabilities", {})
    limits = container.get("ulimits", ())
    return [
        f"--stop-timeout={container.get('stopTimeout', STOP_SECONDS)}",
        *(["--init"] if init and linux.get("initProcessEnabled") else []),
        *(["--read-only"] if container.get("readonlyRootFilesystem") else []),
        *([f"--user={container['user']}"] if "user" in container else []),
        *(
            [f"--workdir={container['workingDirectory']}"]
            if "workingDirectory" in container
            else []
        ),
        *(f"--cap-drop={name}" for name in capabilities.get("drop", ())),
        *(f"--cap-add={name}" for name in capabilities.get("add", ())),
        *(f"--ulimit={item['name']}={item['softLimit']}:{item['hardLimit']}" for item in limits),
        *(f"--label={key}={value}" for key, value in container.get("dockerLabels", {}).items()),
    ]


def _variables(container: Mapping[str, Any], around: Surroundings) -> list[str]:
    own = {item["name"]: item["value"] for item in container.get("environment", ())}
    values = {**around.variables, **own}
    secrets = [item["name"] for item in container.get("secrets", ())]
    return [
        *(f"--env={name}={value}" for name, value in values.items() if name not in secrets),
        # Without a value: the engine's command has it in its own environment, in no process list.
        *(f"--env={name}" for name in secrets),
    ]


def _mounts(container: Mapping[str, Any], around: Surroundings) -> list[str]:
    points = container.get("mountPoints", ())
    paths = [point["containerPath"] for point in points]
    return [
        *(_volume(point, around) for point in points),
        # Of what an image declares as a volume only a mount point is writable.
        *(f"--tmpfs={path}:ro" for path in around.image_volumes if path not in paths),
        *(f"--mount={mount}" for mount in around.mounts),
    ]


def _volume(point: Mapping[str, Any], around: Surroundings) -> str:
    """A task's volume takes owner and mode from the image's VOLUME at that path; without one it is
    root's, with mode 0755 ("Use bind mounts with Amazon ECS", Amazon ECS Developer Guide)."""
    path = point["containerPath"]
    options = [
        *([] if path in around.image_volumes else ["nocopy"]),
        *(["ro"] if point.get("readOnly") else []),
    ]
    return ":".join([f"--volume={around.volumes[point['sourceVolume']]}", path, *_joined(options)])


def _joined(options: Sequence[str]) -> list[str]:
    return [",".join(options)] if options else []


def _health(check: Mapping[str, Any] | None) -> list[str]:
    """The image's own check counts for nothing on ECS ("HealthCheck", ECS API)."""
    if check is None or check["command"] == ["NONE"]:
        return ["--no-healthcheck"]
    if check["command"][0] == "CMD":
        return []
    return [f"--health-cmd={check['command'][1]}", *_health_options(check, "--health-{}={}")]


def health_instruction(check: Mapping[str, Any] | None) -> str | None:
    """The instruction of a Dockerfile for a check that needs no shell: the engine's options would
    run it in one, which an image need not have."""
    if check is None or check["command"][0] != "CMD":
        return None
    options = " ".join(_health_options(check, "--{}={}"))
    return f"HEALTHCHECK {options} CMD {json.dumps(check['command'][1:])}"


def _health_options(check: Mapping[str, Any], form: str) -> list[str]:
    return [
        form.format("interval", f"{check.get('interval', INTERVAL)}s"),
        form.format("timeout", f"{check.get('timeout', TIMEOUT)}s"),
        form.format("retries", check.get("retries", RETRIES)),
        form.format("start-period", f"{check.get('startPeriod', 0)}s"),
    ]
