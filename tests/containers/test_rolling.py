"""Replacing replicas while people use them."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException

from commands.local import __main__ as local
from commands.local.containers import Stack
from tests.containers.api import Client, create_account
from tests.support.waiting import until

CLIENTS = 4


class Load:
    """Some clients that read and write without a pause, and what they were answered."""

    def __init__(self, client: Client) -> None:
        self.outcomes: Counter[str] = Counter()
        self._client = client
        self._stopping = threading.Event()

    @contextmanager
    def running(self) -> Generator[None]:
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self._use) for _ in range(CLIENTS)]
            try:
                until(lambda: self.outcomes["GET 200"] > CLIENTS, "the load has begun")
                yield
            finally:
                self._stopping.set()
        for client in clients:
            client.result()

    def _use(self) -> None:
        for turn in itertools.count():
            if self._stopping.is_set():
                return
            method = "GET" if turn % 2 else "POST"
            self.outcomes[f"{method} {self._ask(method)}"] += 1

    def _ask(self, method: str) -> int | str:
        try:
            if method == "GET":
                return self._client.ask("GET", "/api/v1/usage").status
            return self._client.submit(10).status
        except (OSError, HTTPException) as error:
            return type(error).__name__


def test_both_backends_are_replaced_without_a_failed_request(stack: Stack) -> None:
    client, _ = create_account(stack.url)
    before = {_identity(stack, name) for name in stack.names("backend")}
    load = Load(client)
    with load.running():
        local.replace(stack, "backend")
    after = {_identity(stack, name) for name in stack.names("backend")}
    print(f"\nrequests while both backends were replaced: {dict(load.outcomes)}")
    assert len(after) == 2
    assert not before & after
    assert set(load.outcomes) == {"GET 200", "POST 202"}


def test_the_gateway_finds_a_backend_that_comes_back(stack: Stack) -> None:
    """Without the other replica to help out."""
    client, _ = create_account(stack.url)
    for name in stack.names("backend"):
        stack.remove(name)
    until(lambda: client.ask("GET", "/api/v1/usage").status == 502, "the gateway noticed")
    stack.start(("backend",))
    stack.wait("backend")
    until(lambda: client.ask("GET", "/api/v1/usage").status == 200, "the gateway found it")


def test_a_frontend_that_comes_back_is_found(stack: Stack) -> None:
    local.replace(stack, "frontend")
    until(lambda: Client(stack.url).ask("GET", "/").status == 200, "the gateway found it")


def test_workers_are_replaced_and_every_job_is_done(stack: Stack) -> None:
    client, _ = create_account(stack.url)
    jobs = [client.submit(200_000).json()["id"] for _ in range(10)]
    local.replace(stack, "worker")
    for job in jobs:
        *_, last = client.follow(job)
        assert last["status"] == "succeeded"


def _identity(stack: Stack, name: str) -> str:
    return stack.read([stack.engine, "inspect", "-f", "{{.Id}}", name])
