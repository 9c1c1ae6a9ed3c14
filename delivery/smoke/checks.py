"""What a deployed platform has to answer. Each check says what it found, or raises FailedCheck."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Callable
from functools import partial
from typing import Any

from delivery.smoke.http import Reply, Web

ASSET = re.compile(r"""<(?:script|link)\b[^>]*?\b(?:src|href)=["']([^"']+\.(?:m?js|css))["']""")
DIGITS = 12
"""As many of a digest's digits name a version: see SERVICE_VERSION."""


class FailedCheck(Exception):
    """What was found is not what has to be there."""


Check = tuple[str, Callable[[], str]]


def all_checks(web: Web, version: str | None) -> list[Check]:
    checks: list[Check] = [
        ("page and its assets", partial(page, web)),
        ("/config.json", partial(config, web, version)),
        ("/api/v1/openapi.json", partial(openapi, web)),
        ("404 as problem+json", partial(problem, web)),
    ]
    if web.base.startswith("https://"):
        checks.append(("http to https", partial(redirect, web)))
    return checks


def page(web: Web) -> str:
    reply = web.get("/")
    _expect(reply, 200, "text/html", "/")
    assets = sorted(set(ASSET.findall(reply.text)))
    own = [asset for asset in assets if "://" not in asset and not asset.startswith("//")]
    if not own:
        raise FailedCheck("/ names no script or style sheet of its own")
    for asset in own:
        path = urllib.parse.urljoin("/", asset)
        answer = web.get(path)
        if answer.status != 200 or answer.kind == "text/html" or not answer.body:
            raise FailedCheck(f"{path}: {answer.status} {answer.kind}, {len(answer.body)} bytes")
    return f"200, {len(own)} assets"


def config(web: Web, version: str | None) -> str:
    reply = web.get("/config.json")
    _expect(reply, 200, "application/json", "/config.json")
    found = str(_map(reply, "/config.json").get("version", ""))
    if not found:
        raise FailedCheck("/config.json names no version")
    wanted = short_version(version) if version else found
    if found != wanted:
        raise FailedCheck(f"version is {found}, asked for {wanted}")
    return f"version {found}"


def short_version(version: str) -> str:
    return version.removeprefix("sha256:")[:DIGITS] if version.startswith("sha256:") else version


def openapi(web: Web) -> str:
    reply = web.get("/api/v1/openapi.json")
    _expect(reply, 200, "application/json", "/api/v1/openapi.json")
    described = _map(reply, "/api/v1/openapi.json")
    if not described.get("openapi") or not described.get("paths"):
        raise FailedCheck("/api/v1/openapi.json describes no paths")
    return f"OpenAPI {described['openapi']}, {len(described['paths'])} paths"


def problem(web: Web) -> str:
    path = "/api/v1/there-is-no-such-thing"
    reply = web.get(path)
    _expect(reply, 404, "application/problem+json", path)
    return "404, application/problem+json"


def redirect(web: Web) -> str:
    """Port 80 sends to https, on the same host."""
    host = urllib.parse.urlsplit(web.base).hostname or ""
    reply = web.get("/", base=f"http://{host}")
    target = reply.headers.get("location", "")
    parts = urllib.parse.urlsplit(target)
    if (
        reply.status not in (301, 302, 307, 308)
        or parts.scheme != "https"
        or parts.hostname != host
    ):
        raise FailedCheck(f"http://{host}/ answers {reply.status}, location {target or 'none'}")
    return f"{reply.status} to {target}"


def _expect(reply: Reply, status: int, kind: str, path: str) -> None:
    if (reply.status, reply.kind) != (status, kind):
        found = f"{reply.status} {reply.kind or 'without a content type'}"
        raise FailedCheck(f"{path}: {found}, expected {status} {kind}")


def _map(reply: Reply, path: str) -> dict[str, Any]:
    try:
        found = json.loads(reply.body)
    except ValueError:
        raise FailedCheck(f"{path} is not JSON") from None
    if not isinstance(found, dict):
        raise FailedCheck(f"{path} is no map")
    return found
