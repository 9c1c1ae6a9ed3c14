"""The applications on this machine, without containers, with their stores and the gateway."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError

from settings.project import ROOT
from tests.support.nginx_server import free_port, running
from tests.support.postgres_server import postgres_server
from tests.support.programs import program
from tests.support.upstreams import dns
from tests.support.waiting import until

USER = "plataforma"
AWS = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}
MANY = {"RATE_PER_SECOND": "10000", "RATE_BURST": "10000", "CONNECTIONS": "1000"}


@dataclass(frozen=True)
class Site:
    url: str
    api: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]

    def frozen(self) -> AbstractContextManager[None]:
        """The API neither answers nor closes anything."""
        return _frozen(self.api)

    def no_worker(self) -> AbstractContextManager[None]:
        """No job begins, and none that runs goes on."""
        return _frozen(self.worker)


@contextmanager
def site(folder: Path) -> Generator[Site]:
    """As `npm run build` has built them."""
    with ExitStack() as stack:
        initdb = ["--auth=trust", "--no-sync", "--encoding=UTF8"]
        postgres = stack.enter_context(postgres_server(USER, initdb))
        redis = free_port()
        stack.enter_context(
            _process([program("redis"), "--port", str(redis), "--save", ""], folder)
        )
        broker = stack.enter_context(_sqs(folder))
        variables = {
            **os.environ,
            "ENVIRONMENT": "local",
            "LISTEN_HOST": "127.0.0.1",
            "DATABASE_HOST": "127.0.0.1",
            "DATABASE_PORT": str(postgres),
            "DATABASE_NAME": "postgres",
            "DATABASE_USERNAME": USER,
            "DATABASE_PASSWORD": "any",
            "DATABASE_TLS": "false",
            "REDIS_HOST": "127.0.0.1",
            "REDIS_PORT": str(redis),
            "REDIS_TLS": "false",
            "METRICS_PORT": "0",
            "BROKER_KIND": "sqs",
            "BROKER_ENDPOINT": broker,
            **AWS,
            "JWT_SIGNING_KEYS": json.dumps(
                {"key": "a signing key of the tests, long enough for any"}
            ),
            "RATE_LIMIT_PER_MINUTE": "1000000",
            "SESSION_RATE_LIMIT_PER_MINUTE": "1000000",
            "LOG_LEVEL": "error",
        }
        _node("api", "dist/migrate.js", environment={**variables, "SERVICE_NAME": "migration"})
        port = free_port()
        api = stack.enter_context(
            _process(
                [program("node22"), "dist/main.js"],
                ROOT / "api",
                {**variables, "SERVICE_NAME": "backend", "PORT": str(port)},
            )
        )
        worker = stack.enter_context(
            _process(
                [program("node22"), "dist/main.js"],
                ROOT / "worker",
                {**variables, "SERVICE_NAME": "worker"},
            )
        )
        frontend = stack.enter_context(
            running(
                "frontend.conf",
                _made(folder / "frontend"),
                {"SERVICE_NAME": "frontend"},
                {"/srv/web": str(ROOT / "web" / "dist")},
            )
        )
        names = stack.enter_context(dns({"api.test": ["127.0.0.1"], "web.test": ["127.0.0.1"]}))
        gateway = stack.enter_context(
            running(
                "gateway.conf",
                _made(folder / "gateway"),
                {
                    "SERVICE_NAME": "gateway",
                    "BACKEND": f"api.test:{port}",
                    "FRONTEND": f"web.test:{frontend.port}",
                    "RESOLVER": f"127.0.0.1:{names.port}",
                    **MANY,
                },
                {"/etc/nginx/tls": str(folder / "none")},
            )
        )
        until(lambda: _status(port, "/readyz") == 200, "the API is ready")
        until(lambda: _status(gateway.port, "/api/v1/jobs") == 401, "the gateway has its address")
        yield Site(f"http://127.0.0.1:{gateway.port}", api, worker)


def _status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


@contextmanager
def _sqs(folder: Path) -> Generator[str]:
    """Moto's, with the queue of the events: it starts sooner than RabbitMQ."""
    port = free_port()
    server = Path(sys.executable).with_name("moto_server")
    endpoint = f"http://127.0.0.1:{port}"
    with _process([str(server), "-H", "127.0.0.1", "-p", str(port)], folder):
        until(lambda: _made_queue(endpoint), "SQS answers")
        yield endpoint


def _made_queue(endpoint: str) -> bool:
    client: Any = boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name=AWS["AWS_REGION"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    try:
        client.create_queue(QueueName="events")
    except BotoCoreError:
        return False
    return True


@contextmanager
def _frozen(process: subprocess.Popen[bytes]) -> Generator[None]:
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _node(app: str, *command: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [program("node22"), *command],
        cwd=ROOT / app,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def _process(
    command: list[str], folder: Path, environment: dict[str, str] | None = None
) -> Generator[subprocess.Popen[bytes]]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=quiet, stderr=quiet)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
