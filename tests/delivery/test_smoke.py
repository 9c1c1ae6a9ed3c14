"""The smoke test, against a small server that is healthy or broken."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import BaseRequestHandler, StreamRequestHandler, ThreadingTCPServer

import pytest

from delivery.smoke.checks import FailedCheck, redirect
from delivery.smoke.http import MAX_BODY_BYTES, Response, Site
from tests.delivery.stack import DIGEST, FakeClock, Run, Stack, run
from tests.support.serving import Answer, answering, serving

PAGE = (
    '<!doctype html><link rel="stylesheet" href="/assets/a.css">'
    '<script type="module" src="/assets/a.js"></script><script src="https://cdn.example/x.js">'
)
Answers = dict[str, Answer]


def healthy() -> Answers:
    return {
        "/": (200, "text/html; charset=utf-8", PAGE),
        "/assets/a.css": (200, "text/css", "a{}"),
        "/assets/a.js": (200, "text/javascript", "1"),
        "/config.json": (200, "application/json", json.dumps({"version": "a" * 12})),
        "/api/v1/openapi.json": (200, "application/json", '{"openapi":"3.1.0","paths":{"/x":{}}}'),
    }


@pytest.fixture
def answers() -> Answers:
    return healthy()


@contextmanager
def served(handler: type[BaseRequestHandler]) -> Generator[str]:
    server = ThreadingTCPServer(("127.0.0.1", 0), handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture
def url(answers: Answers) -> Iterator[str]:
    missing = (404, "application/problem+json", '{"status":404}')
    with served(answering(lambda _, path: answers.get(path, missing))) as address:
        yield address


def _smoke(url: str, *more: str, clock: FakeClock | None = None) -> Run:
    given = ["smoke", "--url", url, "--version", DIGEST, "--timeout", "30", *more]
    return run(given, clock=clock)


def test_a_healthy_site_passes(url: str) -> None:
    done = _smoke(url)
    assert done.code == 0, done.said
    assert [line[:4] for line in done.out.splitlines()] == ["ok  "] * 4
    assert "2 assets" in done.out
    assert "| ok | /config.json |" in done.summary


@pytest.mark.parametrize(
    ("path", "answer", "check"),
    [
        ("/", (200, "text/plain", "hi"), "page and its assets"),
        ("/assets/a.js", (200, "text/html", PAGE), "page and its assets"),
        ("/assets/a.css", (404, "text/css", "x"), "page and its assets"),
        ("/config.json", (200, "application/json", '{"version":"old"}'), "/config.json"),
        ("/config.json", (200, "application/json", "oops"), "/config.json"),
        ("/api/v1/openapi.json", (502, "text/html", "bad"), "/api/v1/openapi.json"),
        ("/api/v1/there-is-no-such-thing", (404, "text/html", "x"), "404 as problem+json"),
    ],
)
def test_each_check_can_fail(
    url: str, answers: Answers, path: str, answer: tuple[int, str, str], check: str
) -> None:
    answers[path] = answer
    done = _smoke(url)
    assert done.code == 1
    assert f"1 of 4 checks failed: {check}" in done.err


def test_a_check_is_repeated_until_it_passes(url: str, answers: Answers) -> None:
    answers["/config.json"] = (200, "application/json", '{"version":"old"}')
    late = {"/config.json": healthy()["/config.json"]}
    clock = FakeClock(meanwhile=[lambda: None, lambda: answers.update(late)])
    assert _smoke(url, clock=clock).code == 0
    assert clock.seconds == 6


def test_a_host_that_is_not_reachable() -> None:
    clock = FakeClock()
    done = _smoke("http://127.0.0.1:1", clock=clock)
    assert done.code == 1
    assert "4 of 4 checks failed" in done.err
    assert clock.seconds == 30


def test_a_redirect_is_not_followed_and_a_status_is_no_error() -> None:
    requested: list[str] = []

    class Redirects(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requested.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with served(Redirects) as url:
        response = Site(url).get("/")
    assert (response.status, response.headers["location"]) == (302, "/elsewhere")
    assert requested == ["/"]


def test_a_proxy_of_the_environment_is_not_used(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert Site(url).get("/").status == 200


def test_a_body_is_read_up_to_its_limit(url: str, answers: Answers) -> None:
    answers["/long"] = (200, "text/plain", "x" * (MAX_BODY_BYTES + 1))
    assert len(Site(url).get("/long").body) == MAX_BODY_BYTES


def test_a_host_that_speaks_no_http() -> None:
    class Ssh(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"SSH-2.0-x\r\n")

    with served(Ssh) as url:
        done = _smoke(url)
    assert done.code == 1
    assert "4 of 4 checks failed" in done.err


@pytest.mark.parametrize(
    ("status", "location", "passes"),
    [
        (301, "https://app.example.com/", True),
        (301, "https://evil.example.com/", False),
        (302, "http://app.example.com/", False),
        (200, "", False),
    ],
)
def test_http_redirects_to_https(
    monkeypatch: pytest.MonkeyPatch, status: int, location: str, passes: bool
) -> None:
    def get(self: Site, path: str, base: str | None = None) -> Response:
        del self
        assert (path, base) == ("/", "http://app.example.com")
        return Response(status, {"location": location}, b"")

    monkeypatch.setattr(Site, "get", get)
    if passes:
        assert redirect(Site("https://app.example.com")) == f"{status} to {location}"
    else:
        with pytest.raises(FailedCheck):
            redirect(Site("https://app.example.com"))


def test_a_url_is_required() -> None:
    done = run(["smoke"])
    assert done.code == 2
    assert "give --url" in done.err


def test_a_stack_without_an_address_has_nothing_to_check(stack: Stack) -> None:
    stack.outputs["urls"] = []
    done = stack.run("smoke")
    assert (done.code, done.out) == (0, "the stack has no address: no service has a route\n")
