"""The monitoring services beside the stack, asked as one of their containers sees them."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from commands.local import __main__ as local
from commands.local.containers import Stack
from commands.render import alertmanager_files
from settings.project import ROOT
from tests.support.waiting import until

MONITORING = ROOT / "monitoring"
PROMETHEUS = "http://127.0.0.1:9090"
LOKI = "http://loki:3100"
# No Grafana can be had here: its service is in the compose file, and no test starts it.
WITHOUT = ("grafana",)
COLLECTOR = "promtail"
SERVICES = [name for step in local.MONITORING for name in step if name not in WITHOUT]
# In containers, since these see nothing of this machine but each other.
RECEIVER = """
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (part) => { body += part; });
  request.on('end', () => { console.log(body); response.end(); });
}).listen(8090);
"""
# Jobs that wait for so long count against their objective, here: to wait for the real 300 s would
# be most of these tests' time. Nothing else of the rules differs.
JOB_AGE_SECONDS = 20


@dataclass(frozen=True)
class Monitoring:
    stack: Stack
    receiver: str
    started: float

    def get(self, url: str, **parameters: str) -> Any:
        name = self.stack.names("prometheus")[0]
        address = f"{url}?{urlencode(parameters)}" if parameters else url
        command = ["wget", "--quiet", "--output-document=-", address]
        return json.loads(self.stack.read([self.stack.engine, "exec", name, *command]))

    def targets(self) -> list[dict[str, Any]]:
        return self.get(f"{PROMETHEUS}/api/v1/targets", state="active")["data"]["activeTargets"]

    def instant(self, query: str) -> list[dict[str, Any]]:
        return self.get(f"{PROMETHEUS}/api/v1/query", query=query)["data"]["result"]

    def over_time(self, query: str) -> list[dict[str, Any]]:
        """Since monitoring was started."""
        times = {"start": f"{self.started:.0f}", "end": f"{time.time():.0f}", "step": "15"}
        return self.get(f"{PROMETHEUS}/api/v1/query_range", query=query, **times)["data"]["result"]

    def logs(self, query: str) -> list[dict[str, Any]]:
        """Since the stack was started: within the last hour."""
        times = {"start": f"{time.time() - 3600:.0f}000000000", "step": "15", "limit": "1000"}
        return self.get(f"{LOKI}/loki/api/v1/query_range", query=query, **times)["data"]["result"]

    def streams(self) -> list[dict[str, str]]:
        return self.get(f"{LOKI}/loki/api/v1/series")["data"]

    def rules(self) -> Iterator[dict[str, Any]]:
        for server in (f"{PROMETHEUS}/api/v1/rules", f"{LOKI}/prometheus/api/v1/rules"):
            for group in self.get(server)["data"]["groups"]:
                yield from group["rules"]

    def told(self, alert: str) -> list[dict[str, str]]:
        """The labels of each firing alert of that name that the receiver was told of."""
        lines = self.stack.read([self.stack.engine, "logs", self.receiver]).splitlines()
        alerts = [found for line in lines if line for found in json.loads(line)["alerts"]]
        firing = [found["labels"] for found in alerts if found["status"] == "firing"]
        return [labels for labels in firing if labels["alertname"] == alert]

    def minutes_until_told(self, alert: str, limit_minutes: float) -> float:
        begun = time.monotonic()
        until(lambda: self.told(alert), f"the receiver is told of {alert}", limit_minutes * 60)
        return (time.monotonic() - begun) / 60


@contextmanager
def running(stack: Stack, folder: Path, ports: Mapping[str, str]) -> Generator[Monitoring]:
    """Started with a webhook as its only receiver, and removed with its data afterwards."""
    configuration = folder / "monitoring"
    shutil.copytree(MONITORING, configuration)
    _tell_the_webhook(configuration)
    _shorten_the_job_age(configuration)
    changed = {**stack.variables, **ports, "MONITORING_DIR": str(configuration)}
    stack = replace(stack, variables=changed)
    receiver = f"{stack.variables['COMPOSE_PROJECT_NAME']}-webhook"
    names = [*SERVICES, COLLECTOR]
    try:
        started = time.time()
        local.start_monitoring(stack, without=WITHOUT)
        _start_receiver(stack, receiver)
        yield Monitoring(stack, receiver, started)
    finally:
        ours = [name for service in names for name in stack.names(service)]
        stack.run([stack.engine, "rm", "--force", "--volumes", receiver, *ours])


def _start_receiver(stack: Stack, name: str) -> None:
    network = f"{stack.variables['COMPOSE_PROJECT_NAME']}_monitoring"
    options = [f"--network={network}", "--network-alias=webhook", "--init", f"--name={name}"]
    image = stack.image("backend")
    stack.run([stack.engine, "run", "--detach", *options, image, "node", "-e", RECEIVER])


def _tell_the_webhook(configuration: Path) -> None:
    source = configuration / "alertmanager/alerting.yml"
    alerting = yaml.safe_load(source.read_text())
    alerting |= {"receivers": {"hook": {"webhook": "http://webhook:8090/"}}, "default": "hook"}
    source.write_text(yaml.safe_dump(alerting))
    for path, text in alertmanager_files.rendered(source).items():
        (configuration / path.relative_to(MONITORING)).write_text(text)


def _shorten_the_job_age(configuration: Path) -> None:
    rules = configuration / "prometheus/rules/applications.yml"
    text = rules.read_text()
    assert text.count("> bool 300\n") == 1
    rules.write_text(text.replace("> bool 300\n", f"> bool {JOB_AGE_SECONDS}\n"))
