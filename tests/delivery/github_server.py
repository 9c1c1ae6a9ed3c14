"""A small stand-in for GitHub's REST API: comments, issues, pull requests and the settings of one
repository."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.delivery.github_settings import ACTIONS_APP, RepositorySettings
from tests.support.serving import serving

BOT = {"login": "github-actions[bot]"}
TOKEN = "token-of-a-test"
Answer = tuple[int, Any, dict[str, str]]
"""Status, content and headers."""
NOT_FOUND: Answer = (404, {"message": "Not Found"}, {})
USERS = {"/user": 7, "/users/octocat": 7, "/users/hubot": 8}
API_VERSION = "2022-11-28"


@dataclass
class Repository:
    """Its content, and the requests that were made: (method, path)."""

    url: str = ""
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict[int, Any])
    issues: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    pulls: dict[int, str] = field(default_factory=dict[int, str])
    heads: dict[int, str] = field(default_factory=dict[int, str])
    """The newest commits of pull requests."""
    unlabelled: set[int] = field(default_factory=set[int])
    """Pull requests without the label `environment`."""
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list[tuple[int, Any]])
    """Answers to give first: status and headers."""
    refused: dict[str, int] = field(default_factory=dict[str, int])
    """The status of each path, below the repository's, that is never answered."""
    longest_page: int = 100
    settings: RepositorySettings = field(default_factory=RepositorySettings)
    answers: dict[str, Any] = field(default_factory=dict[str, Any])
    """Further answers, by what stands behind the repository's path; a query is in any order."""

    def comment(self, number: int, body: str, user: dict[str, str] = BOT) -> dict[str, Any]:
        made = {"id": 1000 + len(self.requests) + sum(map(len, self.comments.values())),
                "body": body, "user": user}  # fmt: skip
        self.comments.setdefault(number, []).append(made)
        return made

    def issue(self, **content: Any) -> dict[str, Any]:
        made = {"number": len(self.issues) + 1, "state": "open", "user": BOT, **content}
        self.issues.append(made)
        return made

    def answer(self, method: str, address: str, sent: Any) -> Answer:
        path = urlsplit(address).path
        if found := re.fullmatch(r"/repos/acme/plataforma/issues/(\d+)/comments", path):
            number = int(found.group(1))
            if method == "POST":
                return 201, self.comment(number, sent["body"]), {}
            return self._page(self.comments.get(number, []), address)
        if found := re.fullmatch(r"/repos/acme/plataforma/issues/comments/(\d+)", path):
            every = (c for comments in self.comments.values() for c in comments)
            comment = next(c for c in every if c["id"] == int(found.group(1)))
            comment.update(sent)
            return 200, comment, {}
        if path == "/repos/acme/plataforma/issues":
            if method == "POST":
                return 201, self.issue(**sent), {}
            return self._page([i for i in self.issues if i["state"] == "open"], address)
        if found := re.fullmatch(r"/repos/acme/plataforma/issues/(\d+)", path):
            issue = self.issues[int(found.group(1)) - 1]
            issue.update(sent)
            return 200, issue, {}
        if found := re.fullmatch(r"/repos/acme/plataforma/pulls/(\d+)", path):
            return self._pull_request(int(found.group(1)))
        if path in USERS:
            return 200, {"login": "octocat", "id": USERS[path]}, {}
        if found := re.fullmatch(r"/repos/([^/]+)/([^/]+)", path):
            owner = {"login": found[1], "id": 12}
            return 200, {"name": found[2], "id": 345, "owner": owner}, {}
        if path == "/apps/github-actions":
            return 200, {"slug": "github-actions", "id": ACTIONS_APP}, {}
        asked, _, query = address.removeprefix("/repos/acme/plataforma/").partition("?")
        if asked in self.refused:
            return self.refused[asked], {"message": "Upgrade, or make this repository public."}, {}
        words = {word for word in query.split("&") if word and not word.startswith("per_page=")}
        for known, content in self.answers.items():
            where, _, wanted = known.partition("?")
            if (asked, words) == (where, set(wanted.split("&")) - {""}):
                return 200, content, {}
        return (*self._setting(method, address, sent), {})

    def _setting(self, method: str, address: str, sent: Any) -> tuple[int, Any]:
        """Of whichever repository: a test may give it another name."""
        below = re.sub(r"^/repos/[^/]+/[^/]+/", "", urlsplit(address).path)
        status, content = self.settings.answer(method, below, sent)
        return status, self._page(content, address)[1] if isinstance(content, list) else content

    def _pull_request(self, number: int) -> Answer:
        state, label = self.pulls.get(number), {"name": "environment"}
        labels = [] if number in self.unlabelled else [label]
        head = {"sha": self.heads.get(number, "")}
        return (200, {"state": state, "labels": labels, "head": head}, {}) if state else NOT_FOUND

    def _page(self, items: list[Any], address: str) -> Answer:
        """One page of a list, and where the next is; it may be shorter than was asked for."""
        path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
        size = min(int(query["per_page"][0]), self.longest_page)
        page = int(query.get("page", ["1"])[0])
        headers = dict[str, str]()
        if len(items) > size * page:
            following = urlencode({"per_page": size, "page": page + 1})
            headers["Link"] = f'<{self.url}{path}?{following}>; rel="next"'
        return 200, items[size * (page - 1) : size * page], headers


@contextmanager
def github() -> Generator[Repository]:
    repository = Repository()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(size) or b"null")
            repository.requests.append((self.command, urlsplit(self.path).path))
            status, content, headers = self._answer(sent)
            body = b"" if status == 204 else json.dumps(content).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _answer(self, sent: Any) -> Answer:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return 401, {"message": "Bad credentials"}, {}
            if self.headers.get("X-GitHub-Api-Version") != API_VERSION:
                return 400, {"message": "not the version of this test"}, {}
            if repository.refusals:
                status, headers = repository.refusals.pop(0)
                return status, {"message": "refused"}, headers
            return repository.answer(self.command, self.path, sent)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    repository.url = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield repository
