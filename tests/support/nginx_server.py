"""Starts the real nginx on a loopback port with one of the project's configurations."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from settings.project import ROOT
from tests.support.programs import program
from tests.support.waiting import until

CONFIGS = ROOT / "infra" / "nginx"
# The image's own nginx.conf, with all files in one folder.
MAIN = """
daemon off; {user} pid {folder}/nginx.pid; error_log {folder}/error.log notice; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  include /etc/nginx/mime.types; default_type application/octet-stream;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  include {folder}/site.conf;
}}
"""


@dataclass(frozen=True)
class Nginx:
    folder: Path
    port: int
    status_port: int

    def logged(self, path: str) -> dict[str, Any]:
        """The line about a path, which is written after the answer is sent."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            lines = (self.folder / "access.log").read_text().splitlines()
            found.extend(line for line in map(_parsed, lines) if line.get("path") == path)
            return bool(found)

        until(look, f"{path} is logged")
        return found[-1]


def _parsed(line: str) -> dict[str, Any]:
    return json.loads(line) if line.endswith("}") else {}


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def render(name: str, variables: Mapping[str, str], replaced: Mapping[str, str]) -> str:
    """The configuration as the image's envsubst renders it, with some paths replaced."""
    template = (CONFIGS / name).read_text()
    if not resolves_in_groups():
        template = without_groups(template)
    text = re.sub(r"\$\{([A-Z_]+)\}", lambda found: variables[found[1]], template)
    for old, new in replaced.items():
        assert old in text, f"{name} has no {old}"
        text = text.replace(old, new)
    return text


@cache
def resolves_in_groups() -> bool:
    """Since 1.27.3 (CHANGES of Nginx); Debian 12 has 1.22."""
    shown = subprocess.run([program("nginx"), "-v"], capture_output=True, text=True, check=True)
    return is_new_enough(shown.stderr)


def is_new_enough(version: str) -> bool:
    """`version` is what `nginx -v` shows."""
    numbers = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", version)
    assert numbers, version
    return tuple(map(int, numbers.groups())) >= (1, 27, 3)


def without_groups(template: str) -> str:
    """For an older Nginx: each request asks for the address, and opens a connection."""
    groups = re.compile(r"^upstream (\w+) \{\n[^}]*server (\$\{\w+\}) resolve[^}]*\}\n", re.M)
    for name, server in groups.findall(template):
        template = template.replace(f"http://{name};", f"http://${name};")
        before = "  server_name _;\n"
        template = template.replace(before, f"{before}  set ${name} {server};\n", 1)
    return groups.sub("", template)


def without_http2_directive(template: str) -> str:
    """For Nginx before 1.25.1 (CHANGES)."""
    return template.replace(" ssl;\nhttp2 on;\n", " ssl http2;\n")


@contextmanager
def running(
    name: str, folder: Path, variables: Mapping[str, str], replaced: Mapping[str, str]
) -> Generator[Nginx]:
    nginx = Nginx(folder, free_port(), free_port())
    ports = {"PORT": nginx.port, "STATUS_PORT": nginx.status_port}
    addresses = {key: f"127.0.0.1:{port}" for key, port in ports.items()}
    site = render(
        name,
        {"ENVIRONMENT": "test", "SERVICE_VERSION": "1.2.3", **addresses, **variables},
        {"/dev/stdout": str(folder / "access.log"), **replaced},
    )
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
    command = [
        program("nginx"),
        "-p",
        str(folder),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        "stderr",
    ]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr, checked.stderr
    process = subprocess.Popen(command)
    try:
        until(lambda: _listens(nginx.port), "nginx listens")
        yield nginx
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    nginx: Nginx,
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    port: int | None = None,
) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port or nginx.port, timeout=60)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())
    finally:
        connection.close()
