"""Starts the real Alertmanager on a loopback port, and talks to it through its API v2."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tests.support.nginx_server import free_port
from tests.support.programs import program
from tests.support.waiting import until

NO_CLUSTER = ("--cluster.listen-address=",)


@dataclass(frozen=True)
class Alertmanager:
    port: int

    def fetch(self, path: str, body: object = None) -> str:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, data, headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read().decode()

    def post(self, *alerts: Mapping[str, Mapping[str, str]]) -> None:
        """Alerts as Prometheus sends them: labels and annotations; they start now."""
        now = datetime.now(UTC).isoformat()
        self.fetch("/api/v2/alerts", [{**alert, "startsAt": now} for alert in alerts])

    def alerts(self) -> list[Any]:
        return json.loads(self.fetch("/api/v2/alerts"))

    def inhibited(self) -> set[str]:
        """The label `case` of all alerts that another alert inhibits."""
        return {a["labels"]["case"] for a in self.alerts() if a["status"]["inhibitedBy"]}

    def status(self) -> Any:
        return json.loads(self.fetch("/api/v2/status"))

    def metric(self, name: str) -> float:
        """The sum over a metric's series."""
        lines = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", self.fetch("/metrics"), re.MULTILINE)
        return sum(map(float, lines))


@contextmanager
def running(
    config: Mapping[str, Any], folder: Path, flags: Sequence[str] = NO_CLUSTER
) -> Generator[Alertmanager]:
    server = Alertmanager(free_port())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(dict(config)))
    log = folder / "alertmanager.log"
    command = [
        program("alertmanager"),
        f"--config.file={folder}/alertmanager.yml",
        f"--storage.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{server.port}",
        "--web.external-url=http://alertmanager.example.com",
        "--web.route-prefix=/",
        *flags,
    ]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:

        def ready() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                return bool(server.fetch("/-/ready"))
            except urllib.error.URLError:
                return False

        until(ready, "Alertmanager is ready")
        yield server
    finally:
        process.terminate()
        process.wait()
