"""A client of the API as the gateway shows it."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

PASSWORD = "correct horse battery"
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """`trust`: the authorities of an https URL."""

    url: str
    token: str = ""
    trust: ssl.SSLContext | None = None

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = self._connect()
        try:
            response = self._send(connection, method, path, body, headers or {})
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def submit(self, limit: int, key: str | None = None) -> Answer:
        job = {"kind": "number.primes", "payload": {"limit": limit}}
        return self.ask("POST", "/api/v1/jobs", job, {"Idempotency-Key": key or str(uuid.uuid4())})

    def jobs(self) -> list[dict[str, Any]]:
        return self.ask("GET", "/api/v1/jobs").json()["items"]

    def follow(self, job_id: str) -> Iterator[dict[str, Any]]:
        """The job at each event of its stream, to the end."""
        connection = self._connect()
        try:
            response = self._send(connection, "GET", f"/api/v1/jobs/{job_id}/events", None, {})
            assert response.status == 200
            deadline = time.monotonic() + PATIENCE_SECONDS
            for line in response:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"job {job_id} has not ended")
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        address = urlsplit(self.url)
        if self.trust:
            host, port = address.hostname or "", address.port
            return http.client.HTTPSConnection(host, port, timeout=120, context=self.trust)
        return http.client.HTTPConnection(address.hostname or "", address.port, timeout=120)

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: object,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        sent = dict(headers)
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body).encode()
        connection.request(method, path, content, sent)
        return connection.getresponse()


def create_account(url: str | Client) -> tuple[Client, str]:
    """A client that is signed in, and its e-mail."""
    client = Client(url) if isinstance(url, str) else url
    email = f"{uuid.uuid4()}@example.com"
    account = {"email": email, "password": PASSWORD, "tenantName": "Test"}
    answer = client.ask("POST", "/api/v1/accounts", account)
    assert answer.status == 201, answer.body
    return replace(client, token=answer.json()["accessToken"]), email


def sign_in(url: str | Client, email: str) -> Client:
    client = Client(url) if isinstance(url, str) else url
    answer = client.ask("POST", "/api/v1/sessions", {"email": email, "password": PASSWORD})
    assert answer.status == 201, answer.body
    return replace(client, token=answer.json()["accessToken"])
