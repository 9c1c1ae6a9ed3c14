"""Receivers of Alertmanager's notifications, on the loopback: an HTTP server and a mail server."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.serving import serving


@dataclass(frozen=True)
class Receiver:
    """What was received, in order: (path, JSON body) of requests, or mails."""

    port: int
    requests: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])

    def bodies(self, path: str) -> list[Any]:
        return [body for where, body in self.requests if where == path]


@contextmanager
def http_receiver() -> Generator[Receiver]:
    """Answers every POST with 200 and records it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            received.requests.append((self.path, json.loads(body)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received = Receiver(server.server_address[1])
    with serving(server):
        yield received


@contextmanager
def mail_server() -> Generator[Receiver]:
    """Accepts every mail (SMTP without TLS or authentication) and records it."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 ready")
            for line in self.rfile:
                command = line[:4].upper()
                if command == b"DATA":
                    self._say("354 go on")
                    received.mails.append(self._mail())
                self._say("221 bye" if command == b"QUIT" else "250 ok")
                if command == b"QUIT":
                    return

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def _mail(self) -> EmailMessage:
            lines = iter(self.rfile.readline, b".\r\n")
            raw = b"".join(line.removeprefix(b".") for line in lines)
            return email.message_from_bytes(raw, policy=email.policy.default)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    received = Receiver(server.server_address[1])
    with serving(server):
        yield received
