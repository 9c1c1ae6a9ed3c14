"""Requests to GitHub: pages, retries and errors; the comment that is created once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from delivery.commands.comment import MARKER
from tests.delivery.github.runs import REPO, run_on
from tests.delivery.github_server import TOKEN, Answer, Repository
from tests.delivery.stack import FakeClock, Run, run


def _post(
    repository: Repository,
    preview: Path,
    *more: str,
    token: str = TOKEN,
    clock: FakeClock | None = None,
) -> Run:
    arguments = ("comment", "--preview", str(preview), "--post", "--pr", "7", *REPO, *more)
    return run_on(repository, *arguments, token=token, clock=clock)


def test_a_comment_is_created_and_then_updated(repository: Repository, preview: Path) -> None:
    assert _post(repository, preview).code == 0
    (made,) = repository.comments[7]
    assert made["body"].startswith(MARKER)
    made["body"] = f"{MARKER}\nstale"
    assert _post(repository, preview).code == 0
    assert len(repository.comments[7]) == 1
    assert "stale" not in made["body"]


@pytest.mark.parametrize("longest_page", [100, 30])
def test_the_comment_is_found_on_a_later_page(
    repository: Repository, preview: Path, longest_page: int
) -> None:
    """A page that is shorter than was asked for need not be the last one."""
    repository.longest_page = longest_page
    for number in range(150):
        repository.comment(7, f"chat {number}")
    own = repository.comment(7, f"{MARKER}\nstale")
    assert _post(repository, preview).code == 0
    assert "stale" not in own["body"]


def test_anothers_comment_with_the_marker_is_left_alone(
    repository: Repository, preview: Path
) -> None:
    theirs = repository.comment(7, f"{MARKER}\nhello", {"login": "mallory"})
    assert _post(repository, preview).code == 0
    assert theirs["body"] == f"{MARKER}\nhello"
    assert len(repository.comments[7]) == 2


def test_a_dry_run_posts_nothing(repository: Repository, preview: Path) -> None:
    done = _post(repository, preview, "--dry-run")
    assert "comment would be created" in done.out
    assert {method for method, _ in repository.requests} == {"GET"}


@pytest.mark.parametrize(
    ("status", "headers", "advice"),
    [
        (403, {}, "The job lacks a permission: pull-requests: write"),
        (403, {"X-RateLimit-Remaining": "0"}, "The token's rate limit is used up"),
        (403, {"Retry-After": "3600"}, "It is a rate limit: rerun the job in 3600 s."),
        (404, {}, "does not exist, or the token may not read it"),
        (301, {}, "Rerun the job in a minute."),
    ],
)
def test_an_error_says_what_to_do(
    repository: Repository, preview: Path, status: int, headers: dict[str, str], advice: str
) -> None:
    repository.refusals = [(status, headers)]
    done = _post(repository, preview)
    assert done.code == 1
    assert f"GitHub answers {status}: refused. " in done.err
    assert advice in done.err
    assert TOKEN not in done.said


def test_a_token_that_is_not_valid(repository: Repository, preview: Path) -> None:
    done = _post(repository, preview, token="another")
    assert done.code == 1
    assert "GitHub answers 401: Bad credentials. GITHUB_TOKEN is not valid." in done.err


def test_a_transient_failure_and_a_rate_limit_are_retried(
    repository: Repository, preview: Path
) -> None:
    repository.refusals = [(502, {}), (429, {"Retry-After": "7"}), (403, {"Retry-After": "60"})]
    clock = FakeClock()
    assert _post(repository, preview, clock=clock).code == 0
    assert clock.seconds == 2 + 7 + 60
    assert len(repository.comments[7]) == 1


def test_retries_end(repository: Repository, preview: Path) -> None:
    repository.refusals = [(502, {})] * 20
    clock = FakeClock()
    assert _post(repository, preview, clock=clock).code == 1
    assert (len(repository.requests), clock.seconds) == (4, 2 + 4 + 8)


def test_a_host_that_is_not_reachable(preview: Path) -> None:
    clock = FakeClock()
    done = _post(Repository(url="http://127.0.0.1:1"), preview, clock=clock)
    assert done.code == 1
    assert "http://127.0.0.1:1 cannot be reached" in done.err
    assert clock.seconds == 2 + 4 + 8


def _bad_gateway() -> Answer:
    return 502, {"message": "bad gateway"}, {}


def _drops_the_connection() -> NoReturn:
    raise ConnectionAbortedError


@pytest.mark.parametrize("failure", [_bad_gateway, _drops_the_connection])
def test_a_post_that_failed_is_not_repeated(
    repository: Repository, preview: Path, failure: Callable[[], Answer]
) -> None:
    """GitHub may have created the comment."""
    repository.comment(7, "chat")
    answer = repository.answer

    def fail(method: str, address: str, sent: object) -> Answer:
        return failure() if method == "POST" else answer(method, address, sent)

    repository.answer = fail  # type: ignore[method-assign]
    assert _post(repository, preview).code == 1
    assert [method for method, _ in repository.requests].count("POST") == 1


def test_an_answer_of_another_form(repository: Repository, preview: Path) -> None:
    repository.comments[7] = [{"body": "a comment without its id", "user": None}]
    done = _post(repository, preview)
    assert done.code == 1
    assert "GitHub answers 200, but 0.id: Field required" in done.err


def test_everything_that_is_missing_is_reported_at_once(preview: Path) -> None:
    done = run(["comment", "--preview", str(preview), "--post", "--pr", "7"], environment={})
    assert done.code == 2
    assert "--repo owner/name" in done.err
    assert "GITHUB_TOKEN is not set" in done.err
