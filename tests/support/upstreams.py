"""Small servers behind the proxy: one that records its requests, and DNS for its name."""

from __future__ import annotations

import json
import socketserver
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.serving import serving

TYPE_A = 1


@dataclass
class Upstream:
    """Answers each request with the request as JSON, and with `status`."""

    host: str
    port: int
    status: int = 200
    breaks_off: bool = False
    headers: dict[str, str] = field(default_factory=dict[str, str])
    # Sent instead of the request, where it is set.
    filler: bytes = b""
    sent: threading.Event = field(default_factory=threading.Event)
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    # An event stream sends one event, and the next as soon as this is set.
    next_event: threading.Event = field(default_factory=threading.Event)


@contextmanager
def upstream(host: str = "127.0.0.1", port: int = 0) -> Generator[Upstream]:
    server = ThreadingHTTPServer((host, port), _Handler)
    server.daemon_threads = True
    state = Upstream(host, server.server_address[1])
    _Handler.states[server] = state
    with serving(server):
        yield state


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    states: dict[socketserver.BaseServer, Upstream] = {}

    def _answer(self) -> None:
        state = self.states[self.server]
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        request: dict[str, Any] = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "length": len(body),
            "connection": self.client_address[1],
        }
        state.requests.append(request)
        if state.breaks_off:
            self.close_connection = True
        elif self.path.endswith("/events"):
            self._stream(state)
        elif request["headers"].get("upgrade") == "websocket":
            self._echo()
        else:
            self._send(state, state.filler or json.dumps(request).encode())

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer

    def _send(self, state: Upstream, content: bytes) -> None:
        self.send_response(state.status)
        for name, value in {"content-type": "application/json", **state.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        state.sent.set()

    def _echo(self) -> None:
        """Not WebSocket's frames: what comes goes back in capitals."""
        self.send_response(101)
        self.send_header("connection", "upgrade")
        self.send_header("upgrade", "websocket")
        self.end_headers()
        while data := self.connection.recv(1000):
            self.wfile.write(data.upper())
        self.close_connection = True

    def _stream(self, state: Upstream) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(b"data: first\n\n")
        state.next_event.wait()
        self.wfile.write(b"data: second\n\n")
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass
class Names:
    """The addresses that a DNS server on the loopback knows."""

    port: int
    addresses: dict[str, list[str]]
    answered: set[str] = field(default_factory=set[str])


@contextmanager
def dns(addresses: dict[str, list[str]]) -> Generator[Names]:
    server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), _DnsHandler)
    names = Names(server.server_address[1], addresses)
    _DnsHandler.names[server] = names
    with serving(server):
        yield names


class _DnsHandler(socketserver.BaseRequestHandler):
    names: dict[socketserver.BaseServer, Names] = {}

    def handle(self) -> None:
        query, client = self.request
        name, end = _question(query)
        known = self.names[self.server].addresses.get(name, [])
        flags = 0x8180 if known else 0x8183
        header = query[:2] + struct.pack("!HHHHH", flags, 1, len(known), 0, 0)
        client.sendto(header + query[12:end] + b"".join(map(_record, known)), self.client_address)
        self.names[self.server].answered.add(name)


def _question(query: bytes) -> tuple[str, int]:
    labels: list[str] = []
    at = 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels), at + 5


def _record(address: str) -> bytes:
    packed = bytes(map(int, address.split(".")))
    return b"\xc0\x0c" + struct.pack("!HHIH", TYPE_A, 1, 60, len(packed)) + packed
