"""The images' entrypoints, run as they are."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from settings.project import ROOT
from tests.support.nginx_server import free_port
from tests.support.postgres_server import postgres_server
from tests.support.waiting import until

WRITE_FILES = ROOT / "images/write-files"
START_GRAFANA = ROOT / "monitoring/grafana/start"


def run(
    script: Path, command: list[str], variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(
        ["sh", str(script), *command], env=environment, capture_output=True, text=True, check=False
    )


def test_variables_become_files_that_only_their_user_reads(tmp_path: Path):
    config, secret = tmp_path / "config/a.yml", tmp_path / "secrets/key"
    text = "a: 'b'\n$(exit 3) \"quoted\" ${HOME}\n"
    variables = {"CONFIG": text, "KEY": "s3cret", "FILES": f"CONFIG={config} KEY={secret}"}
    result = run(WRITE_FILES, ["env"], variables)
    assert result.returncode == 0, result.stderr
    assert config.read_text() == text
    assert secret.read_text() == "s3cret"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert "s3cret" not in result.stdout


def test_a_variable_that_is_not_set_ends_the_start_and_is_named(tmp_path: Path):
    result = run(WRITE_FILES, ["true"], {"FILES": f"MISSING={tmp_path}/x"})
    assert result.returncode != 0
    assert "MISSING" in result.stderr


@pytest.fixture
def postgres() -> Iterator[int]:
    """The port of a server of its own, with a database `plataforma`."""
    with postgres_server("plataforma", ["-A", "trust"]) as port:
        create = ["createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "plataforma", "plataforma"]
        subprocess.run(create, check=True)
        yield port


def grafana_variables(postgres: int, folder: Path) -> dict[str, str]:
    return {
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(postgres),
        "DATABASE_NAME": "plataforma",
        "DATABASE_USERNAME": "plataforma",
        "DATABASE_PASSWORD": "s3cret",
        "DATABASE_SSL_MODE": "disable",
        "GF_PATHS_DATA": str(folder),
        "PORT": str(free_port()),
    }


def test_grafana_finds_its_own_database_however_many_start_at_once(postgres: int, tmp_path: Path):
    every = [grafana_variables(postgres, tmp_path / f"{number}") for number in range(5)]
    with ThreadPoolExecutor(4) as pool:
        starts = [pool.submit(run, START_GRAFANA, ["env"], variables) for variables in every[:4]]
    results = [*(start.result() for start in starts), run(START_GRAFANA, ["env"], every[4])]
    for result in results:
        assert result.returncode == 0, result.stderr
        told = dict(line.split("=", 1) for line in result.stdout.splitlines() if "=" in line)
        assert told["GF_DATABASE_HOST"] == f"127.0.0.1:{postgres}"
        assert told["PGPASSWORD"] == "s3cret"
        assert "DATABASE_PASSWORD" not in told
        assert "GF_DATABASE_PASSWORD" not in told


def test_grafana_without_a_database_keeps_its_data_in_a_file(tmp_path: Path):
    data = tmp_path / "data"
    result = run(START_GRAFANA, ["env"], {"GF_PATHS_DATA": str(data)})
    assert result.returncode == 0, result.stderr
    assert "GF_DATABASE" not in result.stdout
    assert data.is_dir()


# As Grafana does with its lock: a second one at the same time exits.
MIGRATING = """
import http.server, os, sys, time
os.mkdir(sys.argv[1]); time.sleep(0.5); os.rmdir(sys.argv[1])
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Healthy).serve_forever()
"""


@pytest.mark.needs("postgresql")
def test_grafanas_that_start_at_once_migrate_one_after_the_other(postgres: int, tmp_path: Path):
    command = ["sh", str(START_GRAFANA), sys.executable, "-c", MIGRATING, str(tmp_path / "lock")]
    every = [grafana_variables(postgres, tmp_path / f"{number}") for number in range(2)]
    starts = [
        subprocess.Popen(command, env={"PATH": os.environ["PATH"], **variables})
        for variables in every
    ]
    try:
        for start, variables in zip(starts, every, strict=True):
            until(lambda port=variables["PORT"]: answers(int(port)), "Grafana is healthy")
            assert start.poll() is None
    finally:
        for start in starts:
            start.terminate()
            start.wait()


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
