"""The issues, comments and pull requests of one repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from delivery.github.client import API, Client
from delivery.github.models import Comment, Environment, Issue, PullRequest
from delivery.shared.clock import Clock
from delivery.shared.errors import InputError

T = TypeVar("T")


@dataclass(frozen=True)
class Repository:
    """`name`: owner/name."""

    client: Client
    name: str

    def comments(self, number: int) -> Iterator[Comment]:
        """The comments of an issue or pull request."""
        return self.client.pages(self._path(f"issues/{number}/comments"), Comment)

    def create_comment(self, number: int, body: str) -> None:
        self.client.create(self._path(f"issues/{number}/comments"), {"body": body}, Comment)

    def update_comment(self, comment: int, body: str) -> None:
        self.client.request("PATCH", self._path(f"issues/comments/{comment}"), {"body": body})

    def open_issues(self, label: str) -> Iterator[Issue]:
        """GitHub lists pull requests among them."""
        return self.client.pages(self._path("issues"), Issue, state="open", labels=label)

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> int:
        """The number of the new issue."""
        content = {"title": title, "body": body, "labels": list(labels)}
        return self.client.create(self._path("issues"), content, Issue).number

    def update_issue(self, number: int, title: str, body: str) -> None:
        content = {"title": title, "body": body}
        self.client.request("PATCH", self._path(f"issues/{number}"), content)

    def close_issue(self, number: int) -> None:
        self.client.request("PATCH", self._path(f"issues/{number}"), {"state": "closed"})

    def pull_request(self, number: int) -> PullRequest | None:
        """None where the repository has no such pull request."""
        return self.client.find(self._path(f"pulls/{number}"), PullRequest)

    def environment(self, name: str) -> Environment | None:
        """None where the repository has no such environment."""
        return self.client.find(self._path(f"environments/{name}"), Environment)

    def read(self, below: str, model: type[T]) -> T:
        """The answer at a path below the repository's. Errors: GitHubError."""
        return self.client.get(self._path(below), model)

    def listed(self, below: str, model: type[T]) -> Iterator[T]:
        return self.client.pages(self._path(below), model)

    def _path(self, below: str) -> str:
        return f"/repos/{self.name}/{below}"


def name_of(name: str | None, environment: Mapping[str, str]) -> str:
    """owner/name: `name`, or that of GITHUB_REPOSITORY. Errors: InputError."""
    name = name or environment.get("GITHUB_REPOSITORY", "")
    if name.count("/") != 1 or not all(name.split("/")):
        raise InputError("--repo owner/name (or GITHUB_REPOSITORY) is missing or has another form")
    return name


def connect(name: str | None, environment: Mapping[str, str], clock: Clock) -> Repository:
    """The repository `name`, or that of GITHUB_REPOSITORY, with GITHUB_TOKEN at GITHUB_API_URL.

    Errors: InputError that lists everything that is missing.
    """
    token = environment.get("GITHUB_TOKEN", "")
    full_name, problems = "", list[str]()
    try:
        full_name = name_of(name, environment)
    except InputError as error:
        problems.append(str(error))
    if not token:
        problems.append("GITHUB_TOKEN is not set; in a workflow: env: {GITHUB_TOKEN: ...}")
    if problems:
        raise InputError("; ".join(problems))
    api = environment.get("GITHUB_API_URL") or API
    return Repository(Client(api, token, clock), full_name)
