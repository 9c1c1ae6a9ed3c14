"""The places that take a password, run as the compose file and the images have them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from settings.project import ROOT
from tests.support.nginx_server import free_port
from tests.support.programs import program
from tests.support.waiting import until

# One configuration a line, answered by the password that the application reads.
READER = """
import { createInterface } from 'node:readline';
const root = process.argv[1];
const applications = {};
for (const name of ['api', 'worker']) {
  applications[name] = await import(`${root}/${name}/src/config.ts`);
}
for await (const line of createInterface({ input: process.stdin })) {
  const { application, variables } = JSON.parse(line);
  const { database, redis, broker } = applications[application].readConfig(variables);
  console.log(JSON.stringify([database.password, redis.password, broker.password]));
}
"""
VARIABLES = {
    "ENVIRONMENT": "test",
    "SERVICE_NAME": "test",
    "DATABASE_HOST": "127.0.0.1",
    "DATABASE_NAME": "plataforma",
    "DATABASE_USERNAME": "plataforma",
    "REDIS_HOST": "127.0.0.1",
    "BROKER_KIND": "rabbitmq",
    "BROKER_ENDPOINT": "amqp://127.0.0.1",
    "BROKER_USERNAME": "plataforma",
    "JWT_SIGNING_KEYS": json.dumps({"k1": "x" * 32}),
}
NAMES = ("DATABASE_PASSWORD", "REDIS_PASSWORD", "BROKER_PASSWORD")


@cache
def services() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.prod.yml").read_text())["services"]


def shell(text: str, replaced: Mapping[str, str]) -> list[str]:
    """A script of the compose file, with paths of this machine."""
    text = text.replace("$$", "$")
    for old, new in replaced.items():
        assert old in text, old
        text = text.replace(old, new)
    return ["sh", "-c", text]


def environment_of(command: list[str], name: str, **variables: str) -> str:
    """What a command, which ends by showing its environment, shows."""
    environment = {"PATH": os.environ["PATH"], **variables}
    shown = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    (value,) = (item for item in shown.decode().split("\0") if item.startswith(f"{name}="))
    return value.removeprefix(f"{name}=")


def exporter(service: str, executed: str, secret: str, file: Path) -> list[str]:
    script = services()[service]["entrypoint"][2]
    return shell(script, {executed: "env -0", f"/run/secrets/{secret}": str(file)})


@dataclass(frozen=True)
class Redis:
    port: int
    healthy: list[str]

    def accepts(self, password: str) -> bool:
        command = ["redis-cli", "-p", str(self.port), "ping"]
        environment = {**os.environ, "REDISCLI_AUTH": password}
        asked = subprocess.run(command, env=environment, capture_output=True, check=False)
        return asked.stdout == b"PONG\n"


@contextmanager
def redis(folder: Path, file: Path) -> Generator[Redis]:
    """Redis by the compose file's command; it is healthy by the compose file's check."""
    service, port = services()["redis"], free_port()
    secret = {"/run/secrets/redis_password": str(file)}
    command = shell(
        service["command"][2],
        {
            "redis-server - ": f"redis-server - --port {port} --bind 127.0.0.1 ",
            "--dir /data": f"--dir {folder}",
            "--appendonly yes": "--appendonly no --save ''",
            **secret,
        },
    )
    check = service["healthcheck"]["test"][1]
    healthy = shell(check, {"redis-cli": f"redis-cli -p {port}", **secret})
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:

        def answers() -> bool:
            assert process.poll() is None, "Redis has ended"
            return subprocess.run(healthy, capture_output=True, check=False).returncode == 0

        until(answers, "Redis is healthy", limit_seconds=20)
        yield Redis(port, healthy)
    finally:
        process.kill()
        process.wait()


def write_rabbitmq_config(folder: Path, file: Path) -> Path:
    """Runs the compose file's command of RabbitMQ up to the server."""
    config = folder / "advanced.config"
    replaced = {
        "/tmp/advanced.config": str(config),
        "/run/secrets/broker_password": str(file),
        "exec docker-entrypoint.sh rabbitmq-server": "exit 0",
    }
    subprocess.run(shell(services()["rabbitmq"]["command"][2], replaced), check=True)
    assert config.stat().st_mode & 0o077 == 0
    return config


@contextmanager
def reader() -> Generator[subprocess.Popen[str]]:
    command = [program("node22"), "--no-warnings", "--input-type=module", "--eval", READER]
    process = subprocess.Popen(
        [*command, str(ROOT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_by(
    process: subprocess.Popen[str], application: str, variables: Mapping[str, str]
) -> list[str]:
    """The passwords that an application reads from its variables."""
    assert process.stdin
    assert process.stdout
    asked = {"application": application, "variables": {**VARIABLES, **variables}}
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def given_to_grafana(folder: Path, port: int, password: str) -> str:
    """What its driver reads, after the entrypoint has signed in to PostgreSQL with it."""
    variables = {
        "PATH": os.environ["PATH"],
        "GF_PATHS_DATA": str(folder / "grafana"),
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(port),
        "DATABASE_NAME": "postgres",
        "DATABASE_USERNAME": "plataforma",
        "DATABASE_PASSWORD": password,
        "DATABASE_SSL_MODE": "disable",
    }
    show = """[ -z "${GF_DATABASE_PASSWORD+set}" ] && printf %s "$PGPASSWORD\""""
    started = subprocess.run(
        ["sh", str(ROOT / "monitoring/grafana/start"), "sh", "-c", show],
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return started.stdout
