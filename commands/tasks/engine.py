"""The container engine: what this package starts there, and how it ends it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands import tools
from commands.local import containers
from settings.project import ROOT

LABEL = "plataforma.tasks"
STOPPED = ("exited", "dead", "stopped")


class TaskError(Exception):
    """Something did not start, or did not stay up. The message says what to do."""


@dataclass(frozen=True)
class Engine:
    """`name`: docker or podman. `project`: what everything of this stack is named and labelled
    with. `folder`: files of this stack, which containers mount. `port_offset` is added to a
    listener's port for the one on this machine: 443 is 10443."""

    name: str
    project: str
    folder: Path
    port_offset: int = 10_000

    @property
    def network(self) -> str:
        return self.project

    @property
    def labels(self) -> tuple[str, ...]:
        return ("--label", f"{LABEL}={self.project}")

    def named(self, *parts: str) -> str:
        return "-".join((self.project, *parts))

    def run(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> str:
        """The output of a command. Errors: TaskError; TimeoutExpired after `seconds`."""
        result = self._finish(arguments, environment, seconds)
        if result.returncode != 0:
            command = " ".join((self.name, *arguments[:2]))
            raise TaskError(f"{command} failed: {result.stdout}{result.stderr}".strip())
        return result.stdout.strip()

    def succeeds(self, *arguments: str) -> bool:
        return self._finish(arguments).returncode == 0

    def logs(self, container: str, lines: int = 15) -> str:
        result = self._finish(("logs", f"--tail={lines}", container))
        return (result.stdout + result.stderr).strip()

    def run_out(self, container: str, seconds: float) -> int | None:
        """Prints a container's lines as they come. Its exit code; None if it did not end within
        `seconds` and was stopped, with the time that it has for that."""
        with subprocess.Popen((self.name, "logs", "--follow", container)):
            try:
                return int(self.run("wait", container, seconds=seconds))
            except subprocess.TimeoutExpired:
                self.run("stop", container)
                return None

    def inspect(self, *names: str) -> list[dict[str, Any]]:
        return json.loads(self.run("inspect", "--type=container", *names)) if names else []

    def image(self, name: str) -> dict[str, Any]:
        return json.loads(self.run("image", "inspect", name))[0]

    def names(self) -> list[str]:
        """Every container of this project."""
        only = f"--filter=label={LABEL}={self.project}"
        return sorted(self.run("ps", "-a", only, "--format={{.Names}}").split())

    def keep_network_address(self) -> None:
        """Once a container is on the network: see Stack.keep_bridge_addresses."""
        if self.name == "podman":
            containers.Stack(ROOT, self.name, (), {}).keep_bridge_addresses([self.network])

    def remove_all(self) -> None:
        only = f"--filter=label={LABEL}={self.project}"
        namespaces = list[str]()
        users = list[str]()
        for item in self.inspect(*self.names()):
            shares = item["HostConfig"]["NetworkMode"].startswith("container:")
            (users if shares else namespaces).append(item["Id"])
        # Podman removes no container whose namespace another still uses.
        for ids in filter(None, (users, namespaces)):
            self.run("rm", "--force", "--volumes", *ids)
        for kind in ("volume", "network"):
            if found := self.run(kind, "ls", "--quiet", only).split():
                self.run(kind, "rm", *found)

    def _finish(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (self.name, *arguments),
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )


def find_engine(project: str, folder: Path, port_offset: int = 10_000) -> Engine:
    """The engine that works here. Errors: TaskError, if none does."""
    tool = tools.containers()
    if tool.problem:
        raise TaskError(str(tool))
    return Engine(tool.command, project, folder, port_offset)
