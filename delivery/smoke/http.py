"""HTTP for the smoke test: follows no redirect, and raises no error for a status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from delivery.shared.tls import system_certificates

TIMEOUT_SECONDS = 10
MAX_BODY_BYTES = 5_000_000
HEADERS = {"User-Agent": "plataforma-smoke", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Response:
    """`headers`: case-insensitive. `body`: the first MAX_BODY_BYTES."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """Without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def get(url: str) -> Response:
    """Of https:// the certificate must be valid.

    Errors: httpx.HTTPError where the host cannot be reached, its certificate is not valid or it
    does not speak HTTP."""
    # trust_env: a proxy of the environment would answer in the host's place.
    with (
        httpx.Client(
            headers=HEADERS,
            timeout=TIMEOUT_SECONDS,
            verify=system_certificates(),
            trust_env=False,
            follow_redirects=False,
        ) as client,
        client.stream("GET", url) as response,
    ):
        return Response(response.status_code, response.headers, _first_bytes(response))


def _first_bytes(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) >= MAX_BODY_BYTES:
            break
    return bytes(body[:MAX_BODY_BYTES])
