"""Requests to GitHub's REST API: pages, retries, and errors that say what to do.

Source: GitHub, "Best practices for using the REST API" and "Rate limits for the REST API".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from delivery.shared.clock import Clock
from delivery.shared.errors import DeliveryError
from delivery.shared.tls import system_certificates

API = "https://api.github.com"
API_VERSION = "2022-11-28"
PER_PAGE = 100
ATTEMPTS = 4
TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})
TIMEOUT_SECONDS = 30
MAX_WAIT_SECONDS = 120
NOT_FOUND = 404

T = TypeVar("T")


class GitHubError(DeliveryError):
    """GitHub refused a request, with `status`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Client:
    """Requests below `api`, the API's address, with `token`."""

    api: str
    token: str = field(repr=False)
    clock: Clock

    def get(self, path: str, model: type[T]) -> T:
        return _parsed(self.request("GET", path), model)

    def find(self, path: str, model: type[T]) -> T | None:
        """None where there is no such thing, or the token may not see it."""
        try:
            return self.get(path, model)
        except GitHubError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    def create(self, path: str, content: Mapping[str, Any], model: type[T]) -> T:
        return _parsed(self.request("POST", path, content), model)

    def pages(self, path: str, model: type[T], **query: str) -> Iterator[T]:
        """Every item of a list, page by page."""
        url = str(httpx.URL(path, params={**query, "per_page": PER_PAGE}))
        while url:
            response = self.request("GET", url)
            yield from _parsed(response, list[model])
            url = response.links.get("next", {}).get("url", "")

    def request(
        self, method: str, path: str, content: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """Repeats a GET or PATCH after a transient failure, and any request that GitHub refused
        because of a rate limit. A POST that failed otherwise may have been executed.

        Errors: GitHubError with GitHub's message; DeliveryError where GitHub cannot be reached.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._send(method, path, content)
            except httpx.RequestError as error:
                if method == "POST" or attempt == ATTEMPTS:
                    raise DeliveryError(f"{self.api} cannot be reached: {error}") from None
                self.clock.sleep(2.0**attempt)
                continue
            if response.is_success:
                return response
            wait = _wait(method, response, attempt)
            if wait is None or attempt == ATTEMPTS:
                raise GitHubError(response.status_code, _message(response))
            self.clock.sleep(wait)
        raise AssertionError

    def _send(self, method: str, path: str, content: Mapping[str, Any] | None) -> httpx.Response:
        is_address = path.startswith(("http://", "https://"))
        return httpx.request(
            method,
            path if is_address else f"{self.api.rstrip('/')}{path}",
            json=content,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "User-Agent": "plataforma-delivery",
                "X-GitHub-Api-Version": API_VERSION,
            },
            timeout=TIMEOUT_SECONDS,
            verify=system_certificates(),
            # Of a POST or PATCH that is redirected, httpx makes a GET.
            follow_redirects=method == "GET",
        )


def _parsed(response: httpx.Response, model: type[T]) -> T:
    try:
        return TypeAdapter(model).validate_json(response.content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise DeliveryError(
            f"{_name(response)}: GitHub answers {response.status_code}, but {where}: {first['msg']}"
        ) from None


def _wait(method: str, response: httpx.Response, attempt: int) -> float | None:
    """Seconds to wait before the next attempt; None where there should be none."""
    if response.status_code in (403, 429) and "retry-after" in response.headers:
        seconds = response.headers["retry-after"]
        can_wait = seconds.isdigit() and int(seconds) <= MAX_WAIT_SECONDS
        return float(seconds) if can_wait else None
    is_transient = response.status_code in TRANSIENT_STATUSES and method != "POST"
    return 2.0**attempt if is_transient or response.status_code == 429 else None


def _message(response: httpx.Response) -> str:
    try:
        message = response.json()["message"]
    except (ValueError, KeyError, TypeError):
        message = response.reason_phrase
    answer = f"GitHub answers {response.status_code}: {message}."
    return f"{_name(response)}: {answer} {_advice(response)}"


def _name(response: httpx.Response) -> str:
    return f"{response.request.method} {response.request.url.path}"


def _advice(response: httpx.Response) -> str:
    headers = response.headers
    if "retry-after" in headers:
        return f"It is a rate limit: rerun the job in {headers['retry-after']} s."
    if headers.get("x-ratelimit-remaining") == "0":
        return "The token's rate limit is used up: rerun the job in an hour, when it is reset."
    return {
        401: "GITHUB_TOKEN is not valid.",
        403: "The job lacks a permission: pull-requests: write for comments, issues: write for "
        "issues. A pull request from a fork has neither.",
        404: "The repository, pull request or issue does not exist, or the token may not read it.",
        422: "GitHub does not accept the content.",
    }.get(response.status_code, "Rerun the job in a minute.")
