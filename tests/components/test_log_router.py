"""The log router's configuration, run by Fluent Bit below what FireLens generates before it."""

from __future__ import annotations

import json
import os
import socket
import ssl
import struct
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from settings.project import ROOT
from tests.support.nginx_server import free_port
from tests.support.programs import program
from tests.support.serving import serving
from tests.support.waiting import until

TAG = "backend-firelens-0123456789abcdef0123456789abcdef"
LINE = '{"level":"warn","message":"slow"}'
# Source: amazon-ecs-agent, agent/taskresource/firelens/firelensconfig_unix.go.
GENERATED = """
[INPUT]
    Name forward
    Listen 127.0.0.1
    Port {port}

[FILTER]
    Name record_modifier
    Match *
    Record ecs_cluster plataforma-staging
    Record ecs_task_arn arn:aws:ecs:eu-west-1:123456789012:task/plataforma-staging/0123

@INCLUDE {config}
"""


@contextmanager
def receivers(folder: Path) -> Generator[tuple[int, int, list[tuple[str, Any]]]]:
    """Loki and CloudWatch Logs, which is reached by TLS alone: their ports, and what was sent
    by path or operation."""
    got: list[tuple[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = self.headers.get("X-Amz-Target", self.path).rpartition(".")[2]
            got.append((kind, json.loads(body)))
            self.send_response(200)
            self.send_header("x-amzn-RequestId", "0")  # without it Fluent Bit sends again
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    loki, cloudwatch = (ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2))
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=logs"]
    files = ["-keyout", str(folder / "tls.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([*new, *files], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "certificate.pem", folder / "tls.pem")
    cloudwatch.socket = tls.wrap_socket(cloudwatch.socket, server_side=True)
    with serving(loki), serving(cloudwatch):
        yield loki.server_port, cloudwatch.server_port, got


def configuration(folder: Path, port: int, loki: int, cloudwatch: int) -> Path:
    """As in the image, but for its folders and where CloudWatch and Loki listen."""
    text = (ROOT / "monitoring/fluent-bit/fluent-bit.conf").read_text()
    here = f"    endpoint 127.0.0.1\n    port {cloudwatch}\n    tls.verify Off\n"
    text = text.replace(
        "    Name                      cloudwatch_logs\n", f"    Name cloudwatch_logs\n{here}"
    )
    text = text.replace("port                      3100", f"port {loki}")
    text = text.replace("/fluent-bit/plataforma/", f"{ROOT}/monitoring/fluent-bit/")
    text = text.replace("/tmp/fluent-bit", f"{folder}/storage")
    (folder / "ours.conf").write_text(text)
    main = folder / "main.conf"
    main.write_text(GENERATED.format(port=port, config=folder / "ours.conf"))
    return main


def packed(text: str) -> bytes:
    """MessagePack's str 8."""
    return b"\xd9" + bytes([len(text)]) + text.encode()


def send(port: int) -> bool:
    """One record of Docker's log driver: [tag, time, {log: line}]."""
    record = b"\x93" + packed(TAG) + b"\xce" + struct.pack(">I", 1_790_000_000)
    with socket.socket() as client:
        if client.connect_ex(("127.0.0.1", port)) != 0:
            return False
        client.sendall(record + b"\x81" + packed("log") + packed(LINE))
    return True


@pytest.mark.needs("fluent-bit", "openssl")
def test_a_line_arrives_once_in_loki_and_once_in_cloudwatch(tmp_path: Path):
    variables = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_REGION": "eu-west-1",
        "ENVIRONMENT": "staging",
        "SERVICE_NAME": "backend",
        "LOG_GROUP": "/plataforma/staging/backend",
        "LOKI_HOST": "127.0.0.1",
    }
    port = free_port()
    with receivers(tmp_path) as (loki, cloudwatch, got):
        file = configuration(tmp_path, port, loki, cloudwatch)
        command = [program("fluent-bit"), "--config", str(file)]
        with subprocess.Popen(command, env=variables, cwd=tmp_path) as router:
            try:
                until(lambda: router.poll() is not None or send(port), "Fluent Bit listens")
                assert router.poll() is None, "Fluent Bit rejects its configuration"
                kinds = {"PutLogEvents", "/loki/api/v1/push"}
                until(lambda: kinds <= {kind for kind, _ in got}, "both have the line")
            finally:
                router.terminate()
    (push,) = [body for kind, body in got if kind == "/loki/api/v1/push"]
    (stream,) = push["streams"]
    assert stream["stream"] == {"service": "backend", "environment": "staging", "level": "warn"}
    assert [line for _, line in stream["values"]] == [LINE]
    (put,) = [body for kind, body in got if kind == "PutLogEvents"]
    assert put["logStreamName"] == f"backend/line.{TAG}"
    assert [event["message"] for event in put["logEvents"]] == [LINE]
