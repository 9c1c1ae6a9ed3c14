"""What the gateway does as AWS does, and unlike it: docs/gateway.md lists both."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from settings.project import ROOT
from tests.infra.gateway import Gateway, is_problem

pytestmark = pytest.mark.needs("nginx")


def test_the_path_of_the_api_without_a_slash_is_a_page(gateway: Gateway) -> None:
    """As the load balancer's rule /api/* has it."""
    assert gateway.ask("/api").json()["path"] == "/api"
    assert [request["path"] for request in gateway.frontend.requests] == ["/api"]


def test_trace_is_refused_as_a_problem(gateway: Gateway) -> None:
    """By Nginx itself; an Application Load Balancer refuses it too."""
    for path in ("/api/v1/usage", "/"):
        is_problem(gateway.ask(path, "TRACE"), 405)
    assert gateway.backend.requests + gateway.frontend.requests == []


@pytest.mark.parametrize("path", ["/", "/api/v1/usage", "/api/v1/jobs"])
def test_headers_pass_up_to_the_load_balancers_sizes(gateway: Gateway, path: str) -> None:
    """16 KB a line and 64 KB in a request, 32 KB in a response (Elastic Load Balancing, "Quotas for
    your Application Load Balancers", HTTP headers)."""
    method = "POST" if path == "/api/v1/jobs" else "GET"
    sent = {f"X-Filler-{number}": "x" * 15_000 for number in range(4)}
    for server in (gateway.backend, gateway.frontend):
        server.headers = {f"Set-Cookie-{number}": "y" * 7_500 for number in range(4)}
    answer = gateway.ask(f"{path}?{'q' * 15_000}", method, headers={"X-Small": "1"})
    assert answer.status == 200
    assert {name: len(answer.headers[f"set-cookie-{name}"]) for name in range(4)} == dict.fromkeys(
        range(4), 7_500
    )
    answer = gateway.ask(path, method, headers=sent)
    assert answer.status == 200
    received = answer.json()["headers"]
    assert all(received[name.lower()] == value for name, value in sent.items())


def test_a_websocket_passes(gateway: Gateway) -> None:
    for path in ("/", "/api/v1/socket"):
        with _upgraded(gateway, path, "websocket") as client:
            head = _read_head(client)
            assert head.startswith(b"HTTP/1.1 101 ")
            for text in (b"from the client", b"again"):
                client.sendall(text)
                assert client.recv(100) == text.upper()


def test_no_other_protocol_is_switched_to(gateway: Gateway) -> None:
    """Over h2c a client would send requests that the gateway neither sees nor limits."""
    with _upgraded(gateway, "/api/v1/usage", "h2c") as client:
        assert _read_head(client).startswith(b"HTTP/1.1 200 ")
    assert "upgrade" not in gateway.backend.requests[0]["headers"]


def test_a_page_that_is_read_slowly_takes_no_disk(gateway: Gateway) -> None:
    """/tmp is memory, of 64 MB for all clients."""
    gateway.backend.filler = b"x" * 20_000_000
    with socket.create_connection(("127.0.0.1", gateway.nginx.port), timeout=60) as client:
        client.sendall(b"GET /api/v1/jobs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b" 200 " in _read_head(client)
        assert not gateway.backend.sent.wait(1), "Nginx took what the client has not read"
        received = 0
        while chunk := client.recv(100_000):
            received += len(chunk)
    assert received == len(gateway.backend.filler)


def _upgraded(gateway: Gateway, path: str, protocol: str) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", gateway.nginx.port), timeout=60)
    lines = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n"
    client.sendall(lines.encode())
    return client


def _read_head(client: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = client.recv(1)
        assert byte, head
        head += byte
    return head


def test_a_header_with_an_invalid_name_is_dropped(gateway: Gateway) -> None:
    headers = {"X_Underscore": "1", "X.Dot": "1", "X-Good": "1"}
    seen = gateway.ask("/api/v1/usage", headers=headers).json()["headers"]
    assert "x-good" in seen
    assert not {"x_underscore", "x.dot"} & set(seen)


def test_a_path_is_decoded_before_its_server_is_chosen(gateway: Gateway) -> None:
    """It is passed on as it came. A load balancer compares the path as it came."""
    paths = ["/%61pi/v1/usage", "/x/../api/v1/usage", "/api//v1/usage"]
    for path in paths:
        assert gateway.ask(path).status == 200
    assert [request["path"] for request in gateway.backend.requests] == paths
    assert gateway.ask("//api/v1/usage").status == 200
    assert gateway.frontend.requests == []


def test_a_body_arrives_whole_or_not_at_all(gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.nginx.port), timeout=60) as client:
        client.sendall(b"POST /api/v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n12")
        assert gateway.ask("/api/v1/usage").status == 200
        assert [request["path"] for request in gateway.backend.requests] == ["/api/v1/usage"]
        client.sendall(b"34")
        assert _read_head(client).startswith(b"HTTP/1.1 200 ")
    assert gateway.backend.requests[-1]["length"] == 4


def test_each_line_of_the_page_names_the_test_that_shows_it() -> None:
    page = (ROOT / "docs" / "gateway.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    named = [re.findall(r"`(test_\w+)`", row) for row in rows if not row.endswith("| Test |")]
    assert all(named)
    files = (ROOT / "tests" / "infra").glob("test_gateway*.py")
    tests = [set(re.findall(r"^def (test_\w+)", file.read_text(), re.M)) for file in files]
    here = set(re.findall(r"^def (test_\w+)", Path(__file__).read_text(), re.M))
    assert {name for row in named for name in row} <= set().union(*tests)
    assert here - {name for row in named for name in row} == {
        "test_each_line_of_the_page_names_the_test_that_shows_it"
    }
