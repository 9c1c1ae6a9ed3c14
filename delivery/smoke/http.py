"""HTTP as the smoke test needs it: no redirect followed, no error raised for a status."""

from __future__ import annotations

import http.client
import ssl
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass

TIMEOUT_SECONDS = 10
LONGEST_BODY = 5_000_000


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True)
class Web:
    """An address, http:// or https:// (whose certificate has to be valid)."""

    base: str

    def get(self, path: str, base: str | None = None) -> Reply:
        """Errors: OSError where the host cannot be reached or its certificate is not valid."""
        parts = urllib.parse.urlsplit(base or self.base)
        connection = self._connection(parts)
        try:
            connection.request("GET", path, headers={"User-Agent": "plataforma-smoke"})
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, headers, answer.read(LONGEST_BODY))
        except http.client.HTTPException as error:
            raise OSError(f"no HTTP answer: {error!r}") from None
        finally:
            connection.close()

    def _connection(self, parts: urllib.parse.SplitResult) -> http.client.HTTPConnection:
        host = parts.hostname or ""
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                host, parts.port, timeout=TIMEOUT_SECONDS, context=context
            )
        return http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)
