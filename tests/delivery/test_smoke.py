"""The smoke test, against a small server that is well or ill."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest

from delivery.smoke.checks import FailedCheck, redirect
from delivery.smoke.http import Reply, Web
from tests.delivery.stack import DIGEST, FakeClock, Run, run
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


@pytest.fixture
def url(answers: Answers) -> Iterator[str]:
    missing = (404, "application/problem+json", '{"status":404}')
    handler = answering(lambda _, path: answers.get(path, missing))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"


def _smoke(url: str, *more: str, clock: FakeClock | None = None) -> Run:
    given = ["smoke", "--url", url, "--version", DIGEST, "--timeout", "30", *more]
    return run(given, clock=clock)


def test_all_is_well(url: str) -> None:
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


def test_what_is_late_is_waited_for(url: str, answers: Answers) -> None:
    answers["/config.json"] = (200, "application/json", '{"version":"old"}')
    late = {"/config.json": healthy()["/config.json"]}
    clock = FakeClock(meanwhile=[lambda: None, lambda: answers.update(late)])
    assert _smoke(url, clock=clock).code == 0
    assert clock.seconds == 6


def test_nobody_is_there() -> None:
    clock = FakeClock()
    done = _smoke("http://127.0.0.1:1", clock=clock)
    assert done.code == 1
    assert "4 of 4 checks failed" in done.err
    assert clock.seconds == 30


@pytest.mark.parametrize(
    ("status", "location", "is_well"),
    [
        (301, "https://app.example.com/", True),
        (301, "https://evil.example.com/", False),
        (302, "http://app.example.com/", False),
        (200, "", False),
    ],
)
def test_http_sends_to_https(
    monkeypatch: pytest.MonkeyPatch, status: int, location: str, is_well: bool
) -> None:
    def get(self: Web, path: str, base: str | None = None) -> Reply:
        del self
        assert (path, base) == ("/", "http://app.example.com")
        return Reply(status, {"location": location}, b"")

    monkeypatch.setattr(Web, "get", get)
    if is_well:
        assert redirect(Web("https://app.example.com")) == f"{status} to {location}"
    else:
        with pytest.raises(FailedCheck):
            redirect(Web("https://app.example.com"))


def test_an_address_is_needed() -> None:
    done = run(["smoke"])
    assert done.code == 2
    assert "say --url" in done.err
