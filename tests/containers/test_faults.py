"""Servers and workers that go away while people submit jobs: what was accepted is done, once."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Collection, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any

import pytest

from commands.local.containers import Stack
from tests.containers.api import PASSWORD, PATIENCE_SECONDS, Client, create_account
from tests.containers.held_jobs import no_job_ends, refuse_their_ends
from tests.support.waiting import until

CLIENTS = 4
PAUSE_SECONDS = 0.05
SOME_TRIES = 40
LIMIT = 20_000
JOBS = 12
# Of one worker.
CONCURRENCY = 5
NUMBERS_PER_UNIT = 1_000
WELCOME_UNITS = 1
PAGE = 100
READY = ("node", "healthcheck.js", "PORT", "3000", "/readyz")
STALLED = "job stalled"


class Load:
    """Some clients that submit one job after the other; what was refused or not answered is sent
    again under its key."""

    def __init__(self, client: Client) -> None:
        self.accepted: dict[str, str] = {}
        self.refused: list[str] = []
        self._client = client
        self._stopping = threading.Event()

    @contextmanager
    def running(self) -> Generator[None]:
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self._use) for _ in range(CLIENTS)]
            try:
                self.wait_for_tries()
                yield
                self.wait_for_tries()
            finally:
                self._stopping.set()
        for client in clients:
            client.result()

    def wait_for_tries(self) -> None:
        enough = self._tries() + SOME_TRIES
        until(lambda: self._tries() > enough, "the clients went on", PATIENCE_SECONDS)

    def _tries(self) -> int:
        return len(self.accepted) + len(self.refused)

    def _use(self) -> None:
        while not self._stopping.wait(PAUSE_SECONDS):
            self._insist(str(uuid.uuid4()))

    def _insist(self, key: str) -> None:
        until(lambda: self._is_accepted(key), "a job is accepted", PATIENCE_SECONDS)

    def _is_accepted(self, key: str) -> bool:
        try:
            answer = self._client.submit(LIMIT, key)
        except (OSError, HTTPException):
            answer = None
        if answer is None or answer.status >= 500:
            self.refused.append(key)
            return False
        assert answer.status in (200, 202), answer.body
        self.accepted[key] = answer.json()["id"]
        return True


@pytest.mark.parametrize("server", ["redis", "rabbitmq", "postgres"])
def test_no_accepted_job_is_lost_or_done_twice_while_a_server_is_away(
    stack: Stack, server: str
) -> None:
    client, _ = create_account(stack.url)
    processes = _processes(stack)
    load = Load(client)
    with load.running():
        with _away(stack, server):
            load.wait_for_tries()
            newcomer = _newcomer(stack.url)
        back = datetime.now(UTC)
        for service in ("backend", "worker", server):
            stack.wait(service)
    jobs = _done_once(client, load.accepted.values(), LIMIT)
    # Jobs need no RabbitMQ, only the event that makes the welcome job does.
    assert (newcomer is not None) == (server == "rabbitmq")
    waited = jobs if newcomer is None else _done_once(newcomer, [], LIMIT)
    first = min(end for end in map(_end, waited) if end > back)
    print(
        f"\n{server}: {len(load.accepted)} jobs accepted, {len(load.refused)} submissions refused; "
        f"the first job that waited finished {(first - back).total_seconds():.1f} s after the "
        f"server's start, the last of all {(max(map(_end, jobs)) - back).total_seconds():.1f} s"
    )
    for key in set(load.refused):
        again = client.submit(LIMIT, key)
        assert (again.status, again.json()["id"]) == (200, load.accepted[key])
    assert _processes(stack) == processes


def test_the_jobs_of_a_worker_that_is_killed_are_done_by_another(stack: Stack) -> None:
    client, _ = create_account(stack.url)
    name, postgres = stack.names("worker")[0], stack.names("postgres")[0]
    with no_job_ends(stack.engine, postgres):
        jobs = [client.submit(LIMIT).json()["id"] for _ in range(JOBS)]
        until(lambda: _count(client, "running") > CONCURRENCY, "both workers are at work")
        stack.run([stack.engine, "kill", "-s", "KILL", name])
        refuse_their_ends(stack.engine, postgres)
    killed = datetime.now(UTC)
    stack.run([stack.engine, "start", name])
    stack.wait("worker")
    last = max(map(_end, _done_once(client, jobs, LIMIT)))
    left = _left_behind(stack) & set(jobs)
    print(
        f"\na killed worker left {len(left)} of {JOBS} jobs behind; "
        f"all were done {(last - killed).total_seconds():.1f} s later"
    )
    assert left


@contextmanager
def _away(stack: Stack, server: str) -> Generator[None]:
    """A server is stopped, and the backend has noticed."""
    [name] = stack.names(server)
    backend = stack.names("backend")[0]
    stack.run([stack.engine, "stop", name])
    until(lambda: not stack.succeeds([stack.engine, "exec", backend, *READY]), "it is missed")
    yield
    stack.run([stack.engine, "start", name])


def _newcomer(url: str) -> Client | None:
    """Somebody who opens an account, unless that is refused."""
    account = {"email": f"{uuid.uuid4()}@example.com", "password": PASSWORD, "tenantName": "Test"}
    answer = Client(url).ask("POST", "/api/v1/accounts", account)
    assert answer.status in (201, 503), answer.body
    return Client(url, answer.json()["accessToken"]) if answer.status == 201 else None


def _done_once(client: Client, ids: Collection[str], limit: int) -> list[dict[str, Any]]:
    """A tenant's jobs when all are done: those given and the welcome job, and each charged once."""

    def is_done() -> bool:
        unfinished = _count(client, "queued") + _count(client, "running")
        return unfinished == 0 and len(list(_jobs(client))) > len(ids)

    until(is_done, "every job is done", PATIENCE_SECONDS)
    jobs = list(_jobs(client))
    assert Counter(job["status"] for job in jobs) == {"succeeded": len(ids) + 1}
    assert {job["id"] for job in jobs if job["kind"] == "number.primes"} == set(ids)
    units = len(ids) * limit // NUMBERS_PER_UNIT + WELCOME_UNITS
    assert _usage(client) == {"jobs": len(jobs), "units": units}
    return jobs


def _usage(client: Client) -> dict[str, int]:
    return client.ask("GET", "/api/v1/usage").json()


def _count(client: Client, status: str) -> int:
    return len(client.ask("GET", f"/api/v1/jobs?limit={PAGE}&status={status}").json()["items"])


def _jobs(client: Client) -> Iterator[dict[str, Any]]:
    cursor: str | None = ""
    while cursor is not None:
        start = cursor and f"&cursor={cursor}"
        page = client.ask("GET", f"/api/v1/jobs?limit={PAGE}{start}").json()
        yield from page["items"]
        cursor = page["nextCursor"]


def _end(job: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(job["finishedAt"])


def _processes(stack: Stack) -> dict[str, str]:
    """When each of the applications' containers was started."""
    return {
        name: stack.read([stack.engine, "inspect", "-f", "{{.State.StartedAt}}", name])
        for service in ("backend", "worker")
        for name in stack.names(service)
    }


def _left_behind(stack: Stack) -> set[str]:
    logs = [stack.read([stack.engine, "logs", name]) for name in stack.names("worker")]
    lines = [json.loads(line) for line in "\n".join(logs).splitlines() if STALLED in line]
    return {line["jobId"] for line in lines}
