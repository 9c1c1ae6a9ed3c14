"""AWS's API over HTTP for the jobs: ECS's JSON protocol and EC2's query protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from tests.support.serving import serving
from tests.walkthrough import ec2, ecs
from tests.walkthrough.cloud import Cloud, UnknownError
from tests.walkthrough.programs import note


def _by_json(cloud: Cloud, action: str, sent: bytes) -> tuple[int, str, str]:
    """Status, content type and body."""
    note(cloud.journal, f"aws {action}")
    try:
        status, answer = 200, ecs.answer(cloud, action, json.loads(sent))
    except UnknownError as error:
        code, message = error.args
        status, answer = 400, {"__type": code, "message": message}
    return status, "application/x-amz-json-1.1", json.dumps(answer)


def _by_query(cloud: Cloud, _: str, sent: bytes) -> tuple[int, str, str]:
    asked = parse_qs(sent.decode())
    action = asked.get("Action", ["?"])[0]
    note(cloud.journal, f"aws {action}")
    if action not in ec2.TYPES:
        error = f"<Code>InvalidAction</Code><Message>ec2.py has no {action}</Message>"
        return 400, "text/xml", f"<Response><Errors><Error>{error}</Error></Errors></Response>"
    resources = [resource for stack in cloud.stacks() for resource in cloud.resources(stack)]
    return 200, "text/xml", ec2.answer(action, asked, resources)


@contextmanager
def aws(state: Path, journal: Path, breaks: set[str]) -> Generator[Cloud]:
    """A running server."""
    cloud, lock = Cloud(state, journal, breaks=breaks), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            action = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                status, kind, text = (_by_json if action else _by_query)(cloud, action, sent)
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cloud.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield cloud
