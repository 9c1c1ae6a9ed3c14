"""The checks of a deployed platform. Each returns what it found, or raises FailedCheck."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Callable
from functools import partial
from typing import Any

from delivery.smoke.http import Response, Site

ASSET = re.compile(r"""<(?:script|link)\b[^>]*?\b(?:src|href)=["']([^"']+\.(?:m?js|css))["']""")
DIGEST_DIGITS = 12
"""The digits of a digest that SERVICE_VERSION holds."""


class FailedCheck(Exception):
    """The platform answers something else than it should."""


Check = tuple[str, Callable[[], str]]


def all_checks(site: Site, version: str | None) -> list[Check]:
    checks: list[Check] = [
        ("page and its assets", partial(page, site)),
        ("/config.json", partial(config, site, version)),
        ("/api/v1/openapi.json", partial(openapi, site)),
        ("404 as problem+json", partial(problem, site)),
    ]
    if site.base.startswith("https://"):
        checks.append(("http to https", partial(redirect, site)))
    return checks


def page(site: Site) -> str:
    response = site.get("/")
    _expect(response, 200, "text/html", "/")
    assets = sorted(set(ASSET.findall(response.text)))
    own = [asset for asset in assets if "://" not in asset and not asset.startswith("//")]
    if not own:
        raise FailedCheck("/ links no script or style sheet of this site")
    for asset in own:
        path = urllib.parse.urljoin("/", asset)
        found = site.get(path)
        if found.status != 200 or found.content_type == "text/html" or not found.body:
            size = len(found.body)
            raise FailedCheck(f"{path}: {found.status} {found.content_type}, {size} bytes")
    return f"200, {len(own)} assets"


def config(site: Site, version: str | None) -> str:
    response = site.get("/config.json")
    _expect(response, 200, "application/json", "/config.json")
    found = str(_map(response, "/config.json").get("version", ""))
    if not found:
        raise FailedCheck("/config.json holds no version")
    expected = short_version(version) if version else found
    if found != expected:
        raise FailedCheck(f"version is {found}, expected {expected}")
    return f"version {found}"


def short_version(version: str) -> str:
    """A digest shortened as SERVICE_VERSION is; any other version as it is."""
    is_digest = version.startswith("sha256:")
    return version.removeprefix("sha256:")[:DIGEST_DIGITS] if is_digest else version


def openapi(site: Site) -> str:
    response = site.get("/api/v1/openapi.json")
    _expect(response, 200, "application/json", "/api/v1/openapi.json")
    document = _map(response, "/api/v1/openapi.json")
    if not document.get("openapi") or not document.get("paths"):
        raise FailedCheck("/api/v1/openapi.json describes no paths")
    return f"OpenAPI {document['openapi']}, {len(document['paths'])} paths"


def problem(site: Site) -> str:
    path = "/api/v1/there-is-no-such-thing"
    response = site.get(path)
    _expect(response, 404, "application/problem+json", path)
    return "404, application/problem+json"


def redirect(site: Site) -> str:
    """Port 80 redirects to https on the same host."""
    host = urllib.parse.urlsplit(site.base).hostname or ""
    response = site.get("/", base=f"http://{host}")
    target = response.headers.get("location", "")
    parts = urllib.parse.urlsplit(target)
    if (
        response.status not in (301, 302, 307, 308)
        or parts.scheme != "https"
        or parts.hostname != host
    ):
        raise FailedCheck(f"http://{host}/ answers {response.status}, location {target or 'none'}")
    return f"{response.status} to {target}"


def _expect(response: Response, status: int, content_type: str, path: str) -> None:
    if (response.status, response.content_type) != (status, content_type):
        found = f"{response.status} {response.content_type or 'without a content type'}"
        raise FailedCheck(f"{path}: {found}, expected {status} {content_type}")


def _map(response: Response, path: str) -> dict[str, Any]:
    try:
        found = json.loads(response.body)
    except ValueError:
        raise FailedCheck(f"{path} is not JSON") from None
    if not isinstance(found, dict):
        raise FailedCheck(f"{path} is no JSON object")
    return found
