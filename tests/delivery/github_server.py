"""A small stand-in for GitHub's REST API: comments, issues and pull requests of one repository."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.serving import serving

BOT = {"login": "github-actions[bot]"}
TOKEN = "token-of-a-test"


@dataclass
class Repository:
    """What there is, and what was asked: (method, path)."""

    url: str = ""
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict[int, Any])
    issues: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    pulls: dict[int, str] = field(default_factory=dict[int, str])
    unlabelled: set[int] = field(default_factory=set[int])
    """Pull requests without the label `environment`."""
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    refuse: list[tuple[int, dict[str, str]]] = field(default_factory=list[tuple[int, Any]])
    """Answers to give before all else: status and headers."""

    def comment(self, number: int, body: str, user: dict[str, str] = BOT) -> dict[str, Any]:
        made = {"id": 1000 + len(self.asked) + sum(map(len, self.comments.values())),
                "body": body, "user": user}  # fmt: skip
        self.comments.setdefault(number, []).append(made)
        return made

    def issue(self, **content: Any) -> dict[str, Any]:
        made = {"number": len(self.issues) + 1, "state": "open", "user": BOT, **content}
        self.issues.append(made)
        return made

    def answer(self, method: str, address: str, sent: Any) -> tuple[int, Any]:
        path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
        if found := re.fullmatch(r"/repos/acme/plataforma/issues/(\d+)/comments", path):
            number = int(found.group(1))
            if method == "POST":
                return 201, self.comment(number, sent["body"])
            return 200, _page(self.comments.get(number, []), query)
        if found := re.fullmatch(r"/repos/acme/plataforma/issues/comments/(\d+)", path):
            every = (c for comments in self.comments.values() for c in comments)
            comment = next(c for c in every if c["id"] == int(found.group(1)))
            comment.update(sent)
            return 200, comment
        if path == "/repos/acme/plataforma/issues":
            if method == "POST":
                return 201, self.issue(**sent)
            return 200, _page([i for i in self.issues if i["state"] == "open"], query)
        if found := re.fullmatch(r"/repos/acme/plataforma/issues/(\d+)", path):
            issue = self.issues[int(found.group(1)) - 1]
            issue.update(sent)
            return 200, issue
        if found := re.fullmatch(r"/repos/acme/plataforma/pulls/(\d+)", path):
            number = int(found.group(1))
            state, label = self.pulls.get(number), {"name": "environment"}
            pull = {"state": state, "labels": [] if number in self.unlabelled else [label]}
            return (200, pull) if state else (404, {"message": "Not Found"})
        return 404, {"message": "Not Found"}


def _page(items: list[Any], query: dict[str, list[str]]) -> list[Any]:
    size, page = int(query["per_page"][0]), int(query["page"][0])
    return items[size * (page - 1) : size * page]


@contextmanager
def github() -> Generator[Repository]:
    repository = Repository()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(size) or b"null")
            repository.asked.append((self.command, urlsplit(self.path).path))
            status, answer, headers = 401, {"message": "Bad credentials"}, dict[str, str]()
            if self.headers.get("Authorization") == f"Bearer {TOKEN}":
                if repository.refuse:
                    status, headers = repository.refuse.pop(0)
                    answer = {"message": "refused"}
                else:
                    status, answer = repository.answer(self.command, self.path, sent)
            body = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _handle

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    repository.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield repository
