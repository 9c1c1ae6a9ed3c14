"""The part of GitHub's REST API that delivery calls.

Source: GitHub REST API, 2022-11-28: issues, issue comments, pull requests.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from delivery.shared.clock import Clock
from delivery.shared.errors import DeliveryError, InputError

PER_PAGE = 100
ATTEMPTS = 4
PASSING = frozenset({429, 500, 502, 503, 504})
TIMEOUT_SECONDS = 30


class GitHubError(DeliveryError):
    """GitHub refused, with `status`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class GitHub:
    """One repository (owner/name) at `api`, the base address, as whoever `token` is."""

    api: str
    repository: str
    token: str
    clock: Clock

    def all(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page."""
        page = 1
        while True:
            given = urllib.parse.urlencode({**query, "per_page": PER_PAGE, "page": page})
            items = cast(list[dict[str, Any]], self.ask("GET", f"{path}?{given}"))
            yield from items
            if len(items) < PER_PAGE:
                return
            page += 1

    def ask(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        """One call below the repository's address. A GET or PATCH that failed for the moment is
        tried again; a POST only where GitHub refused to take it (429).

        Errors: GitHubError with what GitHub said.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(method, path, content)
            except urllib.error.HTTPError as error:
                again = error.code in PASSING and (method != "POST" or error.code == 429)
                if not again or attempt == ATTEMPTS:
                    raise GitHubError(error.code, _said(method, path, error)) from None
                self.clock.sleep(_pause(error, attempt))
            except OSError as error:
                if method == "POST" or attempt == ATTEMPTS:
                    raise DeliveryError(f"{self.api} cannot be reached: {error}") from None
                self.clock.sleep(2.0**attempt)
        raise AssertionError

    def _once(self, method: str, path: str, content: Mapping[str, Any] | None) -> Any:
        request = urllib.request.Request(
            f"{self.api.rstrip('/')}/repos/{self.repository}{path}",
            method=method,
            data=json.dumps(content).encode() if content is not None else None,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": "plataforma-delivery",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def connect(repository: str | None, environment: Mapping[str, str], clock: Clock) -> GitHub:
    """From GITHUB_TOKEN, GITHUB_API_URL and GITHUB_REPOSITORY, but for what is given.

    Errors: InputError with everything that lacks.
    """
    name = repository or environment.get("GITHUB_REPOSITORY", "")
    token = environment.get("GITHUB_TOKEN", "")
    problems: list[str] = []
    if name.count("/") != 1 or not all(name.split("/")):
        problems.append("--repo owner/name (or GITHUB_REPOSITORY) is missing or no such name")
    if not token:
        problems.append("GITHUB_TOKEN is not set; in a workflow: env: {GITHUB_TOKEN: ...}")
    if problems:
        raise InputError("; ".join(problems))
    api = environment.get("GITHUB_API_URL") or "https://api.github.com"
    return GitHub(api, name, token, clock)


def _pause(error: urllib.error.HTTPError, attempt: int) -> float:
    asked = error.headers.get("Retry-After", "")
    return min(float(asked), 60.0) if asked.isdigit() else 2.0**attempt


def _said(method: str, path: str, error: urllib.error.HTTPError) -> str:
    try:
        message = json.loads(error.read())["message"]
    except (ValueError, KeyError, TypeError):
        message = error.reason
    what = f"{method} {path.partition('?')[0]}: GitHub answers {error.code}: {message}."
    advice = {
        401: "GITHUB_TOKEN is not valid.",
        403: "The job lacks a permission: pull-requests: write for comments, issues: write for "
        "issues. A pull request from a fork has neither.",
        404: "There is no such repository, pull request or issue, or the token may not see it.",
        422: "GitHub does not take the content.",
    }.get(error.code, "Rerun the job in a minute.")
    return f"{what} {advice}"
