"""The checks of a deployed platform. Each returns what it found, or raises FailedCheck."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Callable
from functools import partial
from typing import Any

from delivery.shared.outputs import SmokeTest, StackOutputs
from delivery.smoke.http import Response, get
from settings.network.edge import NO_SERVICE

ASSET = re.compile(r"""<(?:script|link)\b[^>]*?\b(?:src|href)=["']([^"']+\.(?:m?js|css))["']""")
DIGEST_DIGITS = 12
"""The digits of a digest that SERVICE_VERSION holds."""


class FailedCheck(Exception):
    """The platform answers something else than it should."""


Check = tuple[str, Callable[[], str]]


def all_checks(outputs: StackOutputs) -> list[Check]:
    """One for each request of the output smokeTests, and one for each host: from http to https."""
    checks: list[Check] = []
    hosts: set[str] = set()
    for name, tests in outputs.smoke_tests.items():
        version = _short_version(outputs.service(name).digest)
        for test in tests:
            parts = urllib.parse.urlsplit(test.url)
            checks.append((f"{name} {parts.path}", partial(answer, test, version)))
            if parts.scheme == "https" and parts.hostname:
                hosts.add(parts.hostname)
    return checks + [(f"{host}, http to https", partial(redirect, host)) for host in sorted(hosts)]


def answer(test: SmokeTest, version: str) -> str:
    """The answer is one of the service, as the test wants it; a page with the files it links."""
    response = get(test.url)
    found = f"{response.status} {response.content_type}".rstrip()
    if not _is_in(response.status, test.codes):
        raise FailedCheck(f"{found}, expected {test.codes}")
    if (response.status, response.text) == (404, NO_SERVICE):
        raise FailedCheck(f"{found}: the load balancer's own, of no service")
    if test.content_type and response.content_type != test.content_type:
        raise FailedCheck(f"{found or 'no content type'}, expected {test.content_type}")
    if test.version:
        _expect_version(response, version)
        return f"{found}, version {version}"
    if (response.status, response.content_type) == (200, "text/html"):
        return f"{found}, {_load_assets(test.url, response.text)} assets"
    return found


def redirect(host: str) -> str:
    """Port 80 redirects to https on the same host."""
    response = get(f"http://{host}/")
    target = response.headers.get("location", "")
    parts = urllib.parse.urlsplit(target)
    if (
        response.status not in (301, 302, 307, 308)
        or parts.scheme != "https"
        or parts.hostname != host
    ):
        raise FailedCheck(f"{response.status}, location {target or 'none'}")
    return f"{response.status} to {target}"


def _is_in(status: int, codes: str) -> bool:
    """Whether the codes, as the load balancer takes them, hold the status."""
    first, _, last = codes.partition("-")
    return int(first) <= status <= int(last) if last else str(status) in codes.split(",")


def _expect_version(response: Response, version: str) -> None:
    try:
        document: Any = json.loads(response.body)
    except ValueError:
        raise FailedCheck("the answer is not JSON") from None
    found = document.get("version") if isinstance(document, dict) else None
    if found != version:
        raise FailedCheck(f"version is {found or 'missing'}, expected {version}")


def _load_assets(url: str, page: str) -> int:
    """How many scripts and style sheets of its own site the page links. A site that answers for a
    missing one with its page has not deployed it."""
    assets = sorted({urllib.parse.urljoin(url, asset) for asset in ASSET.findall(page)})
    site = urllib.parse.urlsplit(url).netloc
    own = [asset for asset in assets if urllib.parse.urlsplit(asset).netloc == site]
    for asset in own:
        found = get(asset)
        if found.status != 200 or found.content_type == "text/html" or not found.body:
            size = len(found.body)
            raise FailedCheck(f"{asset}: {found.status} {found.content_type}, {size} bytes")
    return len(own)


def _short_version(digest: str) -> str:
    return digest.removeprefix("sha256:")[:DIGEST_DIGITS]
