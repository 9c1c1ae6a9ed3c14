"""The gateway in front of two small servers, as its tests ask it."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.support.nginx_server import Answer, Nginx, ask
from tests.support.upstreams import Names, Upstream


class Gateway(NamedTuple):
    nginx: Nginx
    names: Names
    backend: Upstream
    frontend: Upstream

    def ask(self, path: str, method: str = "GET", **more: Any) -> Answer:
        return ask(self.nginx, path, method, **more)


def is_problem(answer: Answer, status: int) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["instance"] == answer.headers["x-request-id"]
