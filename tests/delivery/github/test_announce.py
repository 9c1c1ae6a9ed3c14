"""The comment that shows a pull request's environment."""

from __future__ import annotations

import pytest

from tests.delivery.github.runs import REPO, run_on
from tests.delivery.github_server import Repository
from tests.delivery.stack import Run


def _announce(repository: Repository, deployed: str, destroyed: str, url: str = "") -> Run:
    repository.pulls.setdefault(7, "open")
    ended = ("--deployed", deployed, "--destroyed", destroyed, "--url", url)
    arguments = ("announce", "--pr", "7", *ended, "--commit", "0123456789abcdef", *REPO)
    return run_on(repository, *arguments, "--run-url", "https://github.example/run/1")


@pytest.mark.parametrize(
    ("deployed", "destroyed", "said"),
    [
        ("success", "skipped", "`0123456789ab`: https://pr7.example.com"),
        ("failure", "skipped", "`0123456789ab` was not deployed completely"),
        ("skipped", "skipped", "was not deployed completely"),
        ("skipped", "success", "pr7 is removed."),
        ("skipped", "failure", "is only partly removed"),
        ("skipped", "cancelled", "is only partly removed"),
    ],
)
def test_one_comment_shows_the_environment(
    repository: Repository, deployed: str, destroyed: str, said: str
) -> None:
    url = "https://pr7.example.com"
    assert _announce(repository, "success", "skipped", url).code == 0
    done = _announce(repository, deployed, destroyed, url)
    assert done.code == 0, done.said
    (comment,) = repository.comments[7]
    assert said in comment["body"]
    assert "[Log](https://github.example/run/1)" in comment["body"]


def test_a_deployed_environment_may_have_no_address(repository: Repository) -> None:
    assert _announce(repository, "success", "skipped").code == 0
    (comment,) = repository.comments[7]
    assert "pr7 of `0123456789ab` runs; it has no address." in comment["body"]


def test_an_address_is_one(repository: Repository) -> None:
    done = _announce(repository, "success", "skipped", "null")
    assert (done.code, repository.comments) == (2, {})
    assert "--url must be https://" in done.err


def test_a_deployment_that_ends_after_the_removal_says_nothing(repository: Repository) -> None:
    assert _announce(repository, "skipped", "success").code == 0
    repository.pulls[7] = "closed"
    assert _announce(repository, "failure", "skipped").code == 0
    repository.pulls[7], repository.unlabelled = "open", {7}
    assert _announce(repository, "failure", "skipped").code == 0
    (comment,) = repository.comments[7]
    assert "pr7 is removed." in comment["body"]
