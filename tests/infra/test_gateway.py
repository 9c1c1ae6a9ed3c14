"""gateway.conf in the real nginx on the loopback."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.infra.gateway import Gateway, is_problem
from tests.support.nginx_server import (
    CONFIGS,
    Nginx,
    ask,
    free_port,
    resolves_in_groups,
    without_http2_directive,
)
from tests.support.upstreams import Upstream, upstream
from tests.support.waiting import until

pytestmark = pytest.mark.needs("nginx")

KEYS = [f"key-{number:02}" for number in range(40)]
JOB = "/jobs/0d2a4bd5-7f4d-4a1c-8f5f-5c5d2f7b1a11"


def test_only_the_api_goes_to_the_backend(gateway: Gateway) -> None:
    for path in ("/", "/jobs?x=1", "/apis", "/healthz"):
        gateway.ask(path)
    for path in ("/api/v1/usage", "/api/v1/jobs?limit=1&cursor=a%2Fb"):
        gateway.ask(path)
    assert [request["path"] for request in gateway.frontend.requests] == [
        "/", "/jobs?x=1", "/apis", "/healthz",
    ]  # fmt: skip
    assert [request["path"] for request in gateway.backend.requests] == [
        "/api/v1/usage", "/api/v1/jobs?limit=1&cursor=a%2Fb",
    ]  # fmt: skip


def test_a_client_cannot_say_where_it_comes_from(gateway: Gateway) -> None:
    spoofed = {
        "X-Forwarded-For": "10.1.2.3",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "1",
        "X-Forwarded-Proto": "https",
        "X-Real-IP": "10.1.2.3",
        "Forwarded": "for=10.1.2.3",
    }
    seen = gateway.ask("/api/v1/usage", headers=spoofed).json()["headers"]
    assert seen["x-forwarded-for"] == seen["x-real-ip"] == "127.0.0.1"
    assert seen["x-forwarded-proto"] == "http"
    assert seen["x-forwarded-host"] == f"127.0.0.1:{gateway.nginx.port}"
    assert seen["x-forwarded-port"] == str(gateway.nginx.port)
    assert "forwarded" not in seen


def test_a_request_id_is_kept_where_it_looks_like_one(gateway: Gateway) -> None:
    def id_for(given: str | None) -> str:
        answer = gateway.ask("/api/v1/usage", headers={"X-Request-Id": given} if given else {})
        passed = answer.json()["headers"]["x-request-id"]
        assert answer.headers["x-request-id"] == passed
        return passed

    assert id_for("a-good-request-id") == "a-good-request-id"
    for bad in (None, "short", "x" * 65, "white space", 'quote"quote', "underscore_id"):
        assert re.fullmatch("[0-9a-f]{32}", id_for(bad))


def test_an_event_arrives_before_the_stream_ends(gateway: Gateway) -> None:
    for path in ("/api/v1/jobs/events", "/api/v1" + JOB + "/events"):
        gateway.backend.next_event.clear()
        connection = http.client.HTTPConnection("127.0.0.1", gateway.nginx.port, timeout=60)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        assert response.readline() == b"data: first\n"
        gateway.backend.next_event.set()
        assert response.read() == b"\ndata: second\n\n"
        connection.close()


def test_a_new_address_is_noticed(gateway: Gateway) -> None:
    assert gateway.ask("/api/v1/usage").status == 200
    with upstream("127.0.0.2", gateway.backend.port) as moved:
        gateway.names.addresses["backend.test"] = ["127.0.0.2"]
        until(lambda: gateway.ask("/api/v1/usage").status == 200 and moved.requests, "it moved")


@pytest.fixture
def pair(gateway: Gateway) -> Iterator[tuple[Gateway, Upstream]]:
    """A gateway in front of two replicas, of which one is the gateway's own backend."""
    with upstream("127.0.0.2", gateway.backend.port) as other:
        gateway.names.addresses["backend.test"] = ["127.0.0.1", "127.0.0.2"]
        until(lambda: gateway.ask("/api/v1/usage") and other.requests, "both are known")
        for server in (gateway.backend, other):
            server.requests.clear()
        yield gateway, other


def test_requests_go_to_both_replicas(pair: tuple[Gateway, Upstream]) -> None:
    gateway, other = pair
    for _ in range(40):
        assert gateway.ask("/api/v1/usage").status == 200
    assert gateway.backend.requests
    assert other.requests


@pytest.mark.parametrize("failure", ["breaks off", "503"])
def test_a_read_that_fails_is_tried_at_the_other_replica(
    pair: tuple[Gateway, Upstream], failure: str
) -> None:
    gateway, _ = pair
    _break(gateway.backend, failure)
    assert {gateway.ask("/api/v1/usage").status for _ in range(40)} == {200}
    assert gateway.backend.requests


@pytest.mark.parametrize("failure", ["breaks off", "503"])
def test_a_write_that_fails_is_not_sent_twice(pair: tuple[Gateway, Upstream], failure: str) -> None:
    gateway, other = pair
    _break(gateway.backend, failure)
    statuses, received = _write(pair, "/api/v1/sessions")
    assert sorted(received) == KEYS
    assert len(gateway.backend.requests) == sum(status >= 500 for status in statuses) > 0
    assert other.requests


@pytest.mark.parametrize("failure", ["breaks off", "503"])
def test_a_job_that_fails_is_sent_to_the_other_replica_under_its_key(
    pair: tuple[Gateway, Upstream], failure: str
) -> None:
    gateway, other = pair
    _break(gateway.backend, failure)
    statuses, received = _write(pair, "/api/v1/jobs")
    assert set(statuses) == {200}
    assert {request["headers"]["idempotency-key"] for request in other.requests} == set(KEYS)
    assert len(received) > len(KEYS)


def _write(pair: tuple[Gateway, Upstream], path: str) -> tuple[list[int], list[str]]:
    """The statuses of some writes, and the keys that the replicas received."""
    gateway, other = pair
    statuses = [
        gateway.ask(path, "POST", headers={"Idempotency-Key": key}, body=b"{}").status
        for key in KEYS
    ]
    requests = gateway.backend.requests + other.requests
    return statuses, [request["headers"]["idempotency-key"] for request in requests]


def test_connections_to_the_servers_are_kept(gateway: Gateway) -> None:
    if not resolves_in_groups():
        pytest.skip("Nginx before 1.27.3 keeps no connection to a server whose name it resolves")
    for path in ("/", "/api/v1/usage", "/api/v1/jobs"):
        for _ in range(10):
            gateway.ask(path)
    for server in (gateway.frontend, gateway.backend):
        assert len({request["connection"] for request in server.requests}) == 1


def test_a_write_is_sent_to_the_replica_that_is_there(gateway: Gateway) -> None:
    gateway.names.addresses["backend.test"] = ["127.0.0.1", "127.0.0.3"]
    statuses = {gateway.ask("/api/v1/jobs", "POST", body=b"{}").status for _ in range(40)}
    assert statuses == {200}


def _break(backend: Upstream, failure: str) -> None:
    backend.breaks_off = failure == "breaks off"
    backend.status = 200 if backend.breaks_off else int(failure)


def test_a_large_body_is_refused_before_the_backend(gateway: Gateway) -> None:
    assert gateway.ask("/api/v1/jobs", "POST", body=b"x" * 256 * 1024).status == 200
    refused = gateway.ask("/api/v1/jobs", "POST", body=b"x" * (256 * 1024 + 1))
    is_problem(refused, 413)
    assert [request["length"] for request in gateway.backend.requests] == [256 * 1024]


def test_too_many_requests_are_refused(start: Callable[..., Gateway]) -> None:
    gateway = start(RATE_PER_SECOND="1", RATE_BURST="5")
    answers = [gateway.ask("/api/v1/usage") for _ in range(20)]
    refused = [answer for answer in answers if answer.status != 200]
    assert len(answers) - len(refused) >= 6
    for answer in refused:
        is_problem(answer, 429)
        assert answer.headers["retry-after"] == "1"
    assert len(gateway.backend.requests) == len(answers) - len(refused)


def test_too_many_connections_are_refused(start: Callable[..., Gateway]) -> None:
    gateway = start(CONNECTIONS="2")
    streams = [_open_stream(gateway) for _ in range(2)]
    is_problem(gateway.ask("/api/v1/usage"), 429)
    gateway.backend.next_event.set()
    for stream in streams:
        stream.close()


def _open_stream(gateway: Gateway) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.nginx.port, timeout=60)
    connection.request("GET", "/api/v1/jobs/events")
    connection.getresponse()
    return connection


def test_an_absent_backend_is_a_problem_that_names_the_request(gateway: Gateway) -> None:
    gateway.names.addresses["backend.test"] = ["127.0.0.3"]
    until(lambda: gateway.ask("/api/v1/usage").status != 200, "the backend is gone")
    is_problem(gateway.ask("/api/v1/usage", headers={"X-Request-Id": "request-42"}), 502)
    assert gateway.nginx.logged("/api/v1/usage")["requestId"] == "request-42"


def test_the_backends_own_errors_pass(gateway: Gateway) -> None:
    gateway.backend.status = 503
    gateway.backend.headers = {"Retry-After": "7", "Content-Type": "application/problem+json"}
    answer = gateway.ask("/api/v1/jobs", "POST", body=b"{}")
    assert (answer.status, answer.headers["retry-after"]) == (503, "7")
    assert answer.json()["path"] == "/api/v1/jobs"


def test_answers_are_compressed(gateway: Gateway) -> None:
    headers = {"Accept-Encoding": "gzip", "X-Filler": "x" * 2000}
    assert gateway.ask("/api/v1/usage", headers=headers).headers["content-encoding"] == "gzip"


def test_the_log_is_json_without_queries_or_secrets(gateway: Gateway) -> None:
    secret = {"Authorization": "Bearer secret-token", "Cookie": "refresh_token=secret-cookie"}
    gateway.ask("/api/v1/usage?token=secret-query", headers=secret)
    line = gateway.nginx.logged("/api/v1/usage")
    assert line["service"] == "gateway"
    assert line["version"] == "1.2.3"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/usage", 200)
    assert "secret" not in json.dumps(line)


def test_prometheus_reads_the_internal_port(gateway: Gateway, frontend: Nginx) -> None:
    for name, nginx in (("gateway", gateway.nginx), ("frontend", frontend)):
        port = nginx.status_port
        metrics = ask(nginx, "/metrics", port=port).body.decode()
        line = rf'^nginx_connections\{{service="{name}",state="active"\}} \d+$'
        assert re.search(line, metrics, re.M)
        assert b"Active connections" in ask(nginx, "/status", port=port).body
        assert ask(nginx, "/healthz", port=port).status == 200
    for path in ("/status", "/metrics"):
        assert gateway.ask(path).json()["path"] == path


def test_a_certificate_turns_tls_on(start: Callable[..., Gateway], tmp_path: Path) -> None:
    certificate, key, port = tmp_path / "tls.crt", tmp_path / "tls.key", free_port()
    _make_certificate(certificate, key)
    (tmp_path / "tls").mkdir()
    text = (CONFIGS / "tls.conf").read_text()
    if not resolves_in_groups():
        text = without_http2_directive(text)
    for old, new in {
        "8443": f"127.0.0.1:{port}",
        "/run/secrets/tls_certificate": str(certificate),
        "/run/secrets/tls_key": str(key),
    }.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "tls" / "tls.conf").write_text(text)
    gateway = start(tls=str(tmp_path / "tls"))
    plain = gateway.ask("/jobs?x=1", headers={"Host": "localhost"})
    assert (plain.status, plain.headers["location"]) == (308, "https://localhost/jobs?x=1")
    context = ssl.create_default_context(cafile=str(certificate))
    secure = http.client.HTTPSConnection("localhost", port, context=context, timeout=60)
    secure.request("GET", "/api/v1/usage")
    response = secure.getresponse()
    assert response.getheader("strict-transport-security", "").startswith("max-age=31536000")
    assert json.load(response)["headers"]["x-forwarded-proto"] == "https"
    secure.close()


def _make_certificate(certificate: Path, key: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip


def test_a_slow_or_broken_client_holds_nothing_up(gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.nginx.port)) as client:
        client.sendall(b"POST /api/v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12")
    assert gateway.ask("/api/v1/usage").status == 200
    assert [request["path"] for request in gateway.backend.requests] == ["/api/v1/usage"]
