"""frontend.conf in the real nginx on the loopback."""

from __future__ import annotations

import pytest

from tests.support.nginx_server import Nginx, ask

pytestmark = pytest.mark.needs("nginx")

JOB = "/jobs/0d2a4bd5-7f4d-4a1c-8f5f-5c5d2f7b1a11"


@pytest.mark.parametrize("path", ["/", "/index.html", "/jobs", JOB, "/nothing/here"])
def test_every_route_is_the_page_and_is_asked_for_again(frontend: Nginx, path: str) -> None:
    answer = ask(frontend, path)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html")
    assert b"Plataforma" in answer.body
    assert answer.headers["cache-control"] == "no-cache"


def test_a_hashed_asset_is_kept_for_ever(frontend: Nginx) -> None:
    answer = ask(frontend, "/assets/index-abc123.js")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = ask(
        frontend, "/assets/index-abc123.js", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status == 304


@pytest.mark.parametrize("path", ["/assets/old-123.js", "/assets/none", "/none.js", "/jobs/x.png"])
def test_a_missing_asset_is_not_the_page(frontend: Nginx, path: str) -> None:
    answer = ask(frontend, path)
    assert answer.status == 404
    assert b"Plataforma" not in answer.body
    assert answer.headers["cache-control"] == "no-cache"


def test_the_page_has_security_headers_and_a_strict_policy(frontend: Nginx) -> None:
    for path in ("/", "/assets/index-abc123.js", "/config.json", "/assets/none.js"):
        headers = ask(frontend, path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["server"] == "nginx"
        assert "strict-transport-security" not in headers
    secure = ask(frontend, "/", headers={"X-Forwarded-Proto": "https"})
    assert secure.headers["strict-transport-security"].startswith("max-age=31536000")


def test_the_client_is_configured_by_the_environment(frontend: Nginx) -> None:
    answer = ask(frontend, "/config.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"environment": "test", "version": "1.2.3"}


def test_scripts_are_compressed(frontend: Nginx) -> None:
    answer = ask(frontend, "/assets/index-abc123.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < 200


@pytest.mark.parametrize("accepted", ["gzip, deflate, br, zstd", "BR;q=1.0", "br"])
def test_a_browser_that_takes_brotli_gets_what_the_build_compressed(
    frontend: Nginx, accepted: str
) -> None:
    answer = ask(frontend, "/assets/index-abc123.js", headers={"Accept-Encoding": accepted})
    assert answer.body == b"compressed"
    assert answer.headers["content-encoding"] == "br"
    assert answer.headers["content-type"].endswith("/javascript")
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("accepted", ["identity", "br;q=0", "br;q=0.0, gzip;q=0", "brotli"])
def test_others_get_the_asset_itself(frontend: Nginx, accepted: str) -> None:
    answer = ask(frontend, "/assets/index-abc123.js", headers={"Accept-Encoding": accepted})
    assert answer.status == 200
    assert b"compressed" not in answer.body
    assert "content-encoding" not in answer.headers


def test_what_has_no_brotli_is_missing_or_of_another_build_all_the_same(frontend: Nginx) -> None:
    answer = ask(frontend, "/assets/none.js", headers={"Accept-Encoding": "br"})
    assert (answer.status, answer.headers["cache-control"]) == (404, "no-cache")
    assert "content-encoding" not in answer.headers
    assert ask(frontend, "/br/assets/index-abc123.js").status == 404


def test_the_frontend_is_healthy_on_both_ports_and_logs_json(frontend: Nginx) -> None:
    assert ask(frontend, "/healthz").status == 200
    assert ask(frontend, "/healthz", port=frontend.status_port).status == 200
    assert b"Active connections" in ask(frontend, "/status", port=frontend.status_port).body
    ask(frontend, '/a"b', headers={"X-Request-Id": "given-by-the-gateway"})
    line = frontend.logged('/a"b')
    assert (line["requestId"], line["service"]) == ("given-by-the-gateway", "frontend")
