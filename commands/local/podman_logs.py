"""Podman's log files by service, for the log collector, in Prometheus' file_sd format."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

FILE = "podman.json"
# Where the compose file mounts the folder of all containers in the collector.
MOUNT_PATH = "/logs"


def folder() -> str:
    """The folder of all containers of this user; a log is in <id>/userdata/ctr.log."""
    command = ["podman", "info", "--format", "{{.Store.GraphRoot}}"]
    root = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return f"{root}/overlay-containers"


def write_targets(where: Path, containers: Iterable[tuple[str, str]]) -> None:
    """Lists (id, service) of the containers; the collector reads a changed list at once."""
    where.mkdir(parents=True, exist_ok=True)
    (where / ".gitignore").write_text("*\n")
    targets = [_target(identity, service) for identity, service in containers]
    complete = where / f"{FILE}.new"
    complete.write_text(json.dumps(targets, indent=1))
    complete.rename(where / FILE)


def _target(identity: str, service: str) -> dict[str, object]:
    path = f"{MOUNT_PATH}/{identity}/userdata/ctr.log"
    return {"targets": ["localhost"], "labels": {"__path__": path, "service": service}}
