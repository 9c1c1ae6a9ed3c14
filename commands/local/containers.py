"""The compose stack through its engine: Docker with its compose plugin, or Podman."""

from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from commands import tools
from commands.local import podman_logs

COMPOSE_FILE = "docker-compose.prod.yml"
# All of them, so that `down` finds what was started; `up` names what it starts.
PROFILES = ("monitoring", "promtail", "alloy")
DEFAULTS = {
    "COMPOSE_PROJECT_NAME": "plataforma",
    "REGISTRY": "localhost/plataforma",
    "TAG": "local",
    "GATEWAY_PORT": "8080",
    "SECRETS_DIR": "./secrets",
    "APP_SUBNET": "10.89.41.0/24",
    "MONITORING": "off",
    "MONITORING_DIR": "./monitoring",
    "LOG_COLLECTOR": "promtail",
    "LOG_TARGETS_DIR": "./.log-targets",
    "GRAFANA_PORT": "3001",
}
HEALTHY = "healthy"
WAIT_SECONDS = 300.0
POLL_SECONDS = 0.5
SHOWN_LINES = 20
# The longest grace period of the compose file, which podman-compose does not hand on.
GRACE_SECONDS = 120


class StackError(Exception):
    """A command on the stack failed. The message says what to do."""


@dataclass(frozen=True)
class Stack:
    root: Path
    engine: str
    compose: tuple[str, ...]
    variables: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.variables['GATEWAY_PORT']}"

    @property
    def grafana_url(self) -> str:
        return f"http://127.0.0.1:{self.variables['GRAFANA_PORT']}"

    @property
    def secrets(self) -> Path:
        return self.root / self.variables["SECRETS_DIR"]

    def image(self, service: str) -> str:
        return f"{self.variables['REGISTRY']}/{service}:{self.variables['TAG']}"

    def names(self, service: str) -> list[str]:
        """A service's containers."""
        labels = {"project": self.variables["COMPOSE_PROJECT_NAME"], "service": service}
        filters = [f"--filter=label=com.docker.compose.{key}={labels[key]}" for key in labels]
        return sorted(self.read([self.engine, "ps", "-a", *filters, "--format={{.Names}}"]).split())

    def start(self, services: Sequence[str]) -> None:
        self.run([*self.compose, "up", "-d", "--no-deps", "--no-recreate", *services])
        if self.engine == "podman":
            self._keep_bridge_addresses()
            podman_logs.write_targets(self.root / self.variables["LOG_TARGETS_DIR"], self._logs())

    def down(self, *, volumes: bool) -> None:
        self.run([*self.compose, "down", *(["--volumes"] if volumes else [])])

    def remove(self, name: str) -> None:
        """Stops a container with the time to finish its requests, and removes it."""
        self.run([self.engine, "stop", "-t", str(GRACE_SECONDS), name])
        self.run([self.engine, "rm", name])

    def wait(self, service: str) -> None:
        """Until all of a service's containers are healthy or have ended with 0."""
        deadline = time.monotonic() + WAIT_SECONDS
        while waiting := {
            name: condition
            for name in self.names(service)
            if (condition := self.condition(name)) not in (HEALTHY, "exited 0")
        }:
            for name, condition in waiting.items():
                if condition.startswith("exited") and service == "migrations":
                    raise StackError(f"{name} {condition}:\n{self.last_lines(name)}")
            if time.monotonic() > deadline:
                raise StackError(f"after {WAIT_SECONDS:.0f} s still not healthy: {waiting}")
            time.sleep(POLL_SECONDS)

    def condition(self, name: str) -> str:
        """`healthy`, or the state in which a container is instead."""
        state = self.read(
            [self.engine, "inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name]
        )
        status, code = state.split()
        if status != "running":
            return f"exited {code}" if status == "exited" else status
        if self.engine == "docker":
            # Of a container without a health check there is no .State.Health.
            health = "{{with .State.Health}}{{.Status}}{{else}}running{{end}}"
            return self.read(["docker", "inspect", "-f", health, name])
        # Without systemd nothing else would run Podman's health checks.
        return HEALTHY if self.succeeds(["podman", "healthcheck", "run", name]) else "not healthy"

    def last_lines(self, name: str) -> str:
        shown = self._finish([self.engine, "logs", f"--tail={SHOWN_LINES}", name])
        return (shown.stdout + shown.stderr).rstrip()

    def _keep_bridge_addresses(self) -> None:
        project = (
            f"--filter=label=io.podman.compose.project={self.variables['COMPOSE_PROJECT_NAME']}"
        )
        self.keep_bridge_addresses(
            self.read(["podman", "network", "ls", "--quiet", project]).split()
        )

    def keep_bridge_addresses(self, networks: Sequence[str]) -> None:
        """Podman 4 lets a bridge take the lowest hardware address of its members, so that it
        changes as containers come and go; until the others notice, for up to a minute, they do not
        reach the DNS server there. An address that was set stays."""
        form = "{{.NetworkInterface}}"
        for bridge in self.read(["podman", "network", "inspect", "-f", form, *networks]).split():
            address = Path(f"/sys/class/net/{bridge}/address")
            if address.exists() and os.geteuid() == 0:
                self.run(
                    ["ip", "link", "set", "dev", bridge, "address", address.read_text().strip()]
                )

    def _logs(self) -> list[tuple[str, str]]:
        """The id and the service of each container of the project."""
        project = (
            f"--filter=label=com.docker.compose.project={self.variables['COMPOSE_PROJECT_NAME']}"
        )
        form = '{{.ID}} {{index .Labels "com.docker.compose.service"}}'
        lines = self.read(["podman", "ps", "-a", "--no-trunc", project, f"--format={form}"])
        return [(words[0], words[1]) for words in map(str.split, lines.splitlines())]

    def run(self, command: Sequence[str]) -> None:
        """Runs a command, whose output is shown only when it fails."""
        result = self._finish(command)
        if result.returncode != 0:
            raise StackError(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}")

    def read(self, command: Sequence[str]) -> str:
        result = self._finish(command)
        if result.returncode != 0:
            raise StackError(f"{' '.join(command)} failed:\n{result.stderr}")
        return result.stdout.strip()

    def succeeds(self, command: Sequence[str]) -> bool:
        return self._finish(command).returncode == 0

    def _finish(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, **self.variables},
            capture_output=True,
            text=True,
            check=False,
        )


def find_stack(root: Path, overrides: Mapping[str, str] | None = None) -> Stack:
    """The stack on the engine that works here. Errors: StackError, if none does."""
    tool = tools.containers()
    if tool.problem:
        raise StackError(str(tool))
    variables = {**DEFAULTS, **_env_file(root / ".env.production")}
    variables |= {name: os.environ[name] for name in variables if name in os.environ}
    variables |= overrides or {}
    options = ("--file", COMPOSE_FILE, *(f"--profile={profile}" for profile in PROFILES))
    if tool.command == "docker":
        compose = ("docker", "compose", *options)
        return Stack(root, tool.command, compose, {**_docker(), **variables})
    compose = (_podman_compose(), *options)
    return Stack(root, tool.command, compose, {**variables, **_podman(variables)})


def _docker() -> dict[str, str]:
    """Where this engine keeps its containers' logs, unless a variable says it."""
    if "CONTAINER_LOGS_DIR" in os.environ:
        return {}
    asked = ["docker", "info", "--format={{.DockerRootDir}}"]
    data = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return {"CONTAINER_LOGS_DIR": f"{data}/containers"} if data else {}


def _podman(variables: Mapping[str, str]) -> dict[str, str]:
    """Variables that differ with Podman: its DNS server has the network's first address, a log
    file does not name its service, so the collector gets a list, and a tmpfs takes no owner."""
    first = next(ipaddress.ip_network(variables["APP_SUBNET"]).hosts())
    return {
        "RESOLVER": str(first),
        "CONTAINER_LOGS_DIR": podman_logs.folder(),
        "GATEWAY_TMPFS_OWNER": "",
    }


def _podman_compose() -> str:
    beside_python = Path(sys.executable).parent
    found = shutil.which("podman-compose", path=f"{os.environ['PATH']}:{beside_python}")
    if found is None:
        raise StackError("podman-compose is missing: pip install podman-compose")
    return found


def _env_file(path: Path) -> dict[str, str]:
    """NAME=value lines, as compose reads them."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, value in pairs}
