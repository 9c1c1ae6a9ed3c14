"""Alerts on what only the logs say, asked of a real Loki that was given such lines."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from settings.project import ROOT
from tests.support.nginx_server import free_port
from tests.support.programs import program
from tests.support.waiting import until

RULES = ROOT / "monitoring/loki/rules/fake/applications.yml"
Lines = list[tuple[str, str, str]]  # service, level, line
REJECTED = '{"level":"fatal","msg":"unhandled promise rejection"}'
MIGRATION = '{"level":"fatal","msg":"migration failed"}'
ERROR = '{"level":"error","msg":"request"}'
# Per alert: lines at which it fires, and lines at which it must not.
CASES: dict[str, tuple[Lines, Lines]] = {
    "UncaughtException": (
        [("backend", "fatal", REJECTED), ("worker", "", "Node.js v22.20.0")],
        [("backend", "info", '{"level":"info","msg":"a promise was kept"}')],
    ),
    "MigrationFailed": (
        [("backend", "fatal", MIGRATION)],
        [("backend", "info", '{"level":"info","msg":"migrations applied"}')],
    ),
    "ServerPanic": (
        [("postgres", "", "PANIC:  could not write to file"), ("gateway", "", "[emerg] no port")],
        [("postgres", "", "LOG:  checkpoint complete"), ("backend", "info", "PANIC:  quoted")],
    ),
    "LogErrorsSpike": (
        [("worker", "error", ERROR)] * 600,
        [("worker", "error", ERROR)] * 100 + [("gateway", "error", ERROR)] * 600,
    ),
}


def rules() -> dict[str, list[str]]:
    """The expressions of each alert."""
    found: dict[str, list[str]] = {}
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            found.setdefault(rule["alert"], []).append(rule["expr"])
    return found


@pytest.fixture(scope="module")
def loki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Loki with the compose stack's configuration, in a folder of its own."""
    folder, port, grpc = tmp_path_factory.mktemp("loki"), free_port(), free_port()
    config = yaml.safe_load(
        (ROOT / "monitoring/loki/loki.yml").read_text().replace("/loki", str(folder))
    )
    config["server"] |= {
        "http_listen_address": "127.0.0.1",
        "http_listen_port": port,
        "grpc_listen_address": "127.0.0.1",
        "grpc_listen_port": grpc,
    }
    del config["ruler"]
    file = folder / "loki.yml"
    file.write_text(yaml.safe_dump(config))
    log = folder / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [program("loki"), f"-config.file={file}"], stdout=output, stderr=output
        )
        try:
            until(lambda: ready(f"http://127.0.0.1:{port}/ready"), "Loki is ready")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def ready(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=2).status == 200
    except (urllib.error.URLError, TimeoutError):
        return False


def push(loki: str, environment: str, lines: Lines) -> None:
    now = time.time_ns()
    streams = [
        {
            "stream": {"service": service, "environment": environment}
            | ({"level": level} if level else {}),
            "values": [[str(now + number), line]],
        }
        for number, (service, level, line) in enumerate(lines)
    ]
    request = urllib.request.Request(
        f"{loki}/loki/api/v1/push",
        json.dumps({"streams": streams}).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=10)


def services(loki: str, expression: str, environment: str) -> set[str | None]:
    """The services (none where the rule names none) that an expression finds."""
    query = urllib.parse.urlencode({"query": expression, "time": str(time.time_ns() + 10**9)})
    with urllib.request.urlopen(f"{loki}/loki/api/v1/query?{query}", timeout=10) as answer:
        series: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    labels = [one["metric"] for one in series]
    return {one.get("service") for one in labels if one["environment"] == environment}


@pytest.mark.parametrize("alert", CASES)
def test_an_alert_of_the_logs_fires_at_its_lines_and_at_no_others(loki: str, alert: str):
    fires, near_miss = CASES[alert]
    push(loki, f"{alert}-near", near_miss)
    push(loki, f"{alert}-fires", fires)

    def found(environment: str) -> set[str | None]:
        return {s for expr in rules()[alert] for s in services(loki, expr, environment)}

    expected = {None} if alert == "MigrationFailed" else {service for service, _, _ in fires}
    until(lambda: found(f"{alert}-fires") == expected, f"{alert} fires")
    assert found(f"{alert}-near") == set()


def test_every_alert_of_the_logs_has_a_case():
    assert set(rules()) == set(CASES)
