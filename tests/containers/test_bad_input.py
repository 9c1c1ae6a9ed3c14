"""What nobody should send: the answers say so, nothing breaks, and the data stay as they are."""

from __future__ import annotations

import base64
import hmac
import http.client
import json
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from commands.local.containers import Stack
from commands.local.secrets import SIGNING_KEYS
from tests.containers.api import Answer, Client, create_account, sign_in

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
# The gateway itself refuses TRACE. That a key was used for another request (422), and that a cursor
# is none of ours, no schema can say.
CONFIGURATION = """
[phases.coverage]
unexpected-methods = ["DELETE", "PATCH", "PUT"]

[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 404, 409, 422]

[[operations]]
include-name = "GET /api/v1/jobs"
checks.positive_data_acceptance.enabled = false
"""
EXAMPLES = 100
ENDLESS = "/api/v1/jobs/events"
# These want a password or a cookie that nobody can guess.
UNGUESSABLE = {"POST /api/v1/sessions", "POST /api/v1/sessions/refresh"}

BODY_BYTES = 256 * 1024
JOB = b'{"kind":"number.primes","payload":{"limit":10}}'
SQL = (
    "' OR '1'='1",
    "'; DROP TABLE jobs; --",
    "'/**/UNION/**/SELECT/**/password_hash/**/FROM/**/users--",
    "\\'; SELECT pg_sleep(60); --",
    '"; TRUNCATE users CASCADE; --',
    "$1); DELETE FROM tenant_usage; --",
)


def test_whatever_is_asked_is_answered_as_the_document_says(stack: Stack, tmp_path: Path) -> None:
    client, _ = create_account(stack.url)
    report = _fuzz(client, tmp_path)
    # A valid account may be one that is there already.
    understood = {
        operation: sum(phase["accepted"] + phase["conflicts"] for phase in phases.values())
        for operation, phases in report["valid_rates"].items()
    }
    print(f"\n{report['test_cases']['generated']} requests; understood: {understood}")
    paths = client.ask("GET", "/api/v1/openapi.json").json()["paths"]
    operations = {f"{method.upper()} {path}" for path in paths for method in paths[path]}
    tried = operations - {f"GET {ENDLESS}"}
    assert report["operations"]["tested"] == len(tried)
    assert {name for name in understood if understood[name]} == tried - UNGUESSABLE


def _fuzz(client: Client, folder: Path) -> dict[str, Any]:
    """Asks for what the OpenAPI document allows, and for what it does not; alike at each run."""
    configuration, report = folder / "schemathesis.toml", folder / "report.json"
    configuration.write_text(CONFIGURATION)
    command = [
        *(str(SCHEMATHESIS), f"--config-file={configuration}", "run", "--no-color"),
        *("--phases=coverage,fuzzing", f"--max-examples={EXAMPLES}", "--generation-deterministic"),
        *(f"--exclude-path={ENDLESS}", f"--header=Authorization: Bearer {client.token}"),
        *("--request-timeout=60", "--report=json", f"--report-json-path={report}"),
        f"{client.url}/api/v1/openapi.json",
    ]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return json.loads(report.read_text())


def test_a_body_may_have_256_kib_and_no_more(stack: Stack) -> None:
    client, _ = create_account(stack.url)
    largest = JOB.ljust(BODY_BYTES)
    assert _submit(client, largest).status == 202
    assert _submit(client, [largest]).status == 202
    _is_problem(_submit(client, largest + b" "), 413)
    _is_problem(_submit(client, [largest, b" "]), 413)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(JOB[:-1], id="cut off"),
        pytest.param(JOB + JOB, id="twice"),
        pytest.param(JOB.replace(b"10", b"NaN"), id="not a number"),
        pytest.param(b"[" * BODY_BYTES, id="deep"),
        pytest.param(b'{"a":' * 50_000, id="deep objects"),
        pytest.param(b"\xff\xfe\x00", id="not text"),
        pytest.param(b"kind=number.primes&limit=10", id="a form"),
    ],
)
def test_a_body_that_is_not_json_is_a_problem(stack: Stack, body: bytes) -> None:
    client, _ = create_account(stack.url)
    _is_problem(_submit(client, body), 400)


@pytest.mark.parametrize(
    "length",
    [
        f"Content-Length: {len(JOB)}\r\nTransfer-Encoding: chunked",
        f"Content-Length: {len(JOB)}\r\nContent-Length: 0",
        f"Content-Length: +{len(JOB)}",
    ],
)
def test_a_body_whose_length_servers_could_disagree_on_is_refused(
    stack: Stack, length: str
) -> None:
    client, _ = create_account(stack.url)
    address = urlsplit(stack.url)
    head = (
        f"POST /api/v1/jobs HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {client.token}\r\nIdempotency-Key: {uuid.uuid4()}\r\n"
        f"Content-Type: application/json\r\n{length}\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(head.encode() + JOB)
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert "number.primes" not in {job["kind"] for job in client.jobs()}


def test_a_token_that_is_not_ours_opens_nothing(stack: Stack) -> None:
    client, _ = create_account(stack.url)
    stranger, _ = create_account(stack.url)
    keys = json.loads((stack.secrets / f"{SIGNING_KEYS}.txt").read_text())
    key, secret = next(iter(keys.items()))
    first, second, third = client.token.split(".")
    header, claims = _decode(first), _decode(second)
    now = int(time.time())
    forged = {
        "expired": _sign(header, {**claims, "iat": now - 700, "exp": now - 100}, secret),
        "for another audience": _sign(header, {**claims, "aud": "other"}, secret),
        "of another issuer": _sign(header, {**claims, "iss": "other"}, secret),
        "of an unknown key": _sign({**header, "kid": "other"}, claims, secret),
        "signed by somebody else": _sign(header, claims, "x" * len(secret)),
        "signed with the key's name": _sign(header, claims, key),
        "without signature": f"{first}.{second}.",
        "with algorithm none": f"{_encode({**header, 'alg': 'none'})}.{second}.",
        "with algorithm nOnE": f"{_encode({**header, 'alg': 'nOnE'})}.{second}.{third}",
        "with another's claims": f"{first}.{stranger.token.split('.')[1]}.{third}",
    }
    genuine = Client(stack.url, _sign(header, claims, secret))
    job = genuine.submit(10).json()["id"]
    assert _statuses(genuine, job) == [200, 200, 202]
    statuses = {name: _statuses(Client(stack.url, token), job) for name, token in forged.items()}
    assert statuses == {name: [401, 401, 401] for name in forged}


def test_what_is_another_tenants_does_not_exist(stack: Stack) -> None:
    stranger, _ = create_account(stack.url)
    own = stranger.submit(10).json()["id"]
    client, _ = create_account(stack.url)
    jobs = [client.submit(10).json()["id"] for _ in range(2)]
    for job in jobs:
        _is_problem(stranger.ask("GET", f"/api/v1/jobs/{job}"), 404)
        _is_problem(stranger.ask("GET", f"/api/v1/jobs/{job}/events"), 404)
    cursor = client.ask("GET", "/api/v1/jobs?limit=1").json()["nextCursor"]
    page = stranger.ask("GET", f"/api/v1/jobs?cursor={cursor}").json()["items"]
    assert own in {job["id"] for job in page}
    assert not {job["id"] for job in page} & set(jobs)


@pytest.mark.parametrize("sql", SQL)
def test_sql_is_text_wherever_it_is_written(stack: Stack, sql: str) -> None:
    client, email = create_account(stack.url)
    key = sql.replace(" ", "/**/")
    job = {"kind": "text.statistics", "payload": {"text": sql}}
    submitted = client.ask("POST", "/api/v1/jobs", job, {"Idempotency-Key": key})
    assert submitted.status == 202
    *_, done = client.follow(submitted.json()["id"])
    assert done["payload"] == {"text": sql}
    assert done["result"]["characters"] == len(sql)

    cursor = _base64(f"2026-01-01T00:00:00.000Z {sql}".encode())
    for place in ("jobs?cursor=", "jobs?status=", "jobs?limit=", "jobs/"):
        _is_problem(client.ask("GET", f"/api/v1/{place}{quote(sql, safe='')}"), 400)
    _is_problem(client.ask("GET", f"/api/v1/jobs?cursor={cursor}"), 400)

    account = {"email": f"{uuid.uuid4()}@example.com", "password": sql, "tenantName": sql}
    opened = client.ask("POST", "/api/v1/accounts", account)
    assert (opened.status, opened.json()["user"]["tenantName"]) == (201, sql)
    for attempt in ({"email": email, "password": sql}, {"email": f"{sql}@a.b", "password": "x"}):
        assert client.ask("POST", "/api/v1/sessions", attempt).status in (400, 401)

    assert done in sign_in(stack.url, email).jobs()


def _submit(client: Client, body: bytes | Iterable[bytes]) -> Answer:
    """Sends bytes as they are: in one piece with its length, or in chunks without one."""
    address = urlsplit(client.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    headers = {
        "Authorization": f"Bearer {client.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    try:
        connection.request("POST", "/api/v1/jobs", body, headers)
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())
    finally:
        connection.close()


def _is_problem(answer: Answer, status: int) -> None:
    assert answer.status == status, answer.body
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    assert problem["instance"] == answer.headers["x-request-id"]


def _statuses(client: Client, job: str) -> list[int]:
    answers = [
        client.ask("GET", "/api/v1/jobs"),
        client.ask("GET", f"/api/v1/jobs/{job}/events"),
        client.submit(10),
    ]
    return [answer.status for answer in answers]


def _sign(header: Mapping[str, Any], claims: Mapping[str, Any], secret: str) -> str:
    signed = f"{_encode(header)}.{_encode(claims)}"
    return f"{signed}.{_base64(hmac.digest(secret.encode(), signed.encode(), 'sha256'))}"


def _encode(part: Mapping[str, Any]) -> str:
    return _base64(json.dumps(part).encode())


def _decode(part: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
