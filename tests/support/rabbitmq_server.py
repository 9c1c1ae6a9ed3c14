"""A RabbitMQ server with its management API, and a port mapper of its own."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.programs import program
from tests.support.waiting import until

GUEST = "guest"


@dataclass(frozen=True)
class RabbitmqServer:
    """`url` is that of the management API, without /api/."""

    url: str

    def call(self, method: str, path: str, user: str, password: str, body: Any = None) -> int:
        """The status of an answer of the management API."""
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        request = urllib.request.Request(
            f"{self.url}/api/{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Basic {basic}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def is_up(self, user: str, password: str) -> bool:
        try:
            return self.call("GET", "whoami", user, password) == 200
        except OSError:
            return False


@contextmanager
def rabbitmq_server(
    folder: Path, advanced: Path | None = None, user: tuple[str, str] = (GUEST, GUEST)
) -> Generator[RabbitmqServer]:
    """`advanced` is an advanced.config, which may make the `user` instead of guest."""
    port, node_port, mapper_port, management_port = _free_ports(4)
    plugins, config = folder / "plugins", folder / "rabbitmq.conf"
    plugins.write_text("[rabbitmq_management].")
    config.write_text(
        f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management_port}\n"
        "password_hashing_module = rabbit_password_hashing_sha256\n"
    )
    environment = {
        **os.environ,
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RUNNING_UNDER_SYSTEMD": "1",
        "RABBITMQ_NODENAME": f"delivery{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(node_port),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_CONFIG_FILE": str(config),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(advanced or folder / "none"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
    }
    mapper = ["epmd", "-address", "127.0.0.1", "-port", str(mapper_port)]
    with ExitStack() as stack:
        stack.enter_context(_running(mapper, environment, folder))
        stack.enter_context(_running([program("rabbitmq")], environment, folder))
        server = RabbitmqServer(f"http://127.0.0.1:{management_port}")
        until(lambda: server.is_up(*user), "RabbitMQ answers")
        yield server


@contextmanager
def _running(command: list[str], environment: dict[str, str], folder: Path) -> Generator[None]:
    log = (folder / "output").open("ab")
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(opened.getsockname()[1]) for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports
