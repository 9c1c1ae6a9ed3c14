"""The smoke tests, against a small server that is healthy or broken."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import BaseRequestHandler, StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest

from delivery.smoke import checks
from delivery.smoke.checks import FailedCheck, redirect
from delivery.smoke.http import MAX_BODY_BYTES, Response, get
from tests.delivery.stack import Run, Stack
from tests.support.serving import Answer, answering, serving

PAGE = (
    '<!doctype html><link rel="stylesheet" href="/assets/a.css">'
    '<script type="module" src="/assets/a.js"></script><script src="https://cdn.example/x.js">'
)
Answers = dict[str, Answer]
TESTS: list[dict[str, Any]] = [
    {"path": "/prices/health", "codes": "200,204"},
    {"path": "/prices/", "contentType": "text/html"},
    {"path": "/prices/version.json", "contentType": "application/json", "version": True},
    {"path": "/prices/none", "codes": "200-499"},
]


def healthy() -> Answers:
    return {
        "/prices/health": (204, "", ""),
        "/prices/": (200, "text/html; charset=utf-8", PAGE),
        "/assets/a.css": (200, "text/css", "a{}"),
        "/assets/a.js": (200, "text/javascript", "1"),
        "/prices/version.json": (200, "application/json", json.dumps({"version": "a" * 12})),
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
    missing = (404, "application/json", "{}")
    with served(answering(lambda _, path: answers.get(path, missing))) as address:
        yield address


def _smoke(stack: Stack, url: str) -> Run:
    """Tests a service that is not one of the sample applications."""
    stack.outputs["services"]["prices"] = stack.service_output("prices")
    stack.outputs["smokeTests"] = {
        "prices": [
            {
                "url": url + test["path"],
                "codes": "200",
                **{k: v for k, v in test.items() if k != "path"},
            }
            for test in TESTS
        ]
    }
    return stack.run("smoke", "--timeout", "30")


def test_a_healthy_service_passes(stack: Stack, url: str) -> None:
    done = _smoke(stack, url)
    assert done.code == 0, done.said
    assert [line.split()[:3] for line in done.out.splitlines()] == [
        ["ok", "prices", test["path"]] for test in TESTS
    ]
    assert "200 text/html, 2 assets" in done.out
    assert "version aaaaaaaaaaaa" in done.out
    assert "| ok | prices /prices/health |" in done.summary


@pytest.mark.parametrize(
    ("path", "answer", "test"),
    [
        ("/prices/health", (503, "text/html", "x"), "/prices/health"),
        ("/prices/health", (200, "", ""), None),
        ("/prices/", (200, "text/plain", "hi"), "/prices/"),
        ("/assets/a.js", (200, "text/html", PAGE), "/prices/"),
        ("/assets/a.css", (404, "text/css", "x"), "/prices/"),
        ("/prices/version.json", (200, "application/json", '{"version":"old"}'), "/prices/version"),
        ("/prices/version.json", (200, "application/json", "oops"), "/prices/version.json"),
        ("/prices/none", (502, "text/html", "bad"), "/prices/none"),
        ("/prices/none", (404, "text/plain; charset=utf-8", "Not found"), "/prices/none"),
    ],
)
def test_each_test_can_fail(
    stack: Stack, url: str, answers: Answers, path: str, answer: Answer, test: str | None
) -> None:
    answers[path] = answer
    done = _smoke(stack, url)
    assert done.code == (0 if test is None else 1)
    assert test is None or f"1 of 4 smoke tests failed: prices {test}" in done.err


def test_a_test_is_repeated_until_it_passes(stack: Stack, url: str, answers: Answers) -> None:
    answers["/prices/health"] = (502, "text/html", "x")
    late = {"/prices/health": healthy()["/prices/health"]}
    stack.clock.meanwhile = [lambda: None, lambda: answers.update(late)]
    assert _smoke(stack, url).code == 0
    assert stack.clock.seconds == 6


def test_a_host_that_is_not_reachable(stack: Stack) -> None:
    done = _smoke(stack, "http://127.0.0.1:1")
    assert done.code == 1
    assert "4 of 4 smoke tests failed" in done.err
    assert stack.clock.seconds == 30


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
        response = get(f"{url}/")
    assert (response.status, response.headers["location"]) == (302, "/elsewhere")
    assert requested == ["/"]


def test_a_proxy_of_the_environment_is_not_used(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert get(f"{url}/prices/").status == 200


def test_a_body_is_read_up_to_its_limit(url: str, answers: Answers) -> None:
    answers["/long"] = (200, "text/plain", "x" * (MAX_BODY_BYTES + 1))
    assert len(get(f"{url}/long").body) == MAX_BODY_BYTES


def test_a_host_that_speaks_no_http(stack: Stack) -> None:
    class Ssh(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"SSH-2.0-x\r\n")

    with served(Ssh) as url:
        done = _smoke(stack, url)
    assert done.code == 1
    assert "4 of 4 smoke tests failed" in done.err


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
    def answer(url: str) -> Response:
        assert url == "http://app.example.com/"
        return Response(status, {"location": location}, b"")

    monkeypatch.setattr(checks, "get", answer)
    if passes:
        assert redirect("app.example.com") == f"{status} to {location}"
    else:
        with pytest.raises(FailedCheck):
            redirect("app.example.com")


def test_a_stack_without_a_route_has_nothing_to_test(stack: Stack) -> None:
    done = stack.run("smoke")
    assert (done.code, done.out) == (
        0,
        "nothing to test: no route is open to the pipeline\n",
    )
