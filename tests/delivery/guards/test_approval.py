"""An environment that nobody is asked for stops a promotion."""

from __future__ import annotations

import pytest

from tests.delivery.github.runs import REPO, run_on
from tests.delivery.github_server import Repository
from tests.delivery.github_settings import Environment

REVIEWED = [{"type": "branch_policy"}, {"type": "required_reviewers", "reviewers": [{"id": 1}]}]


@pytest.mark.parametrize(
    ("environments", "said"),
    [
        ({"prod-approval": REVIEWED}, ""),
        ({"prod-approval": REVIEWED[:1]}, "has no required reviewers"),
        ({"staging-approval": REVIEWED}, "does not exist"),
    ],
)
def test_an_approval_needs_somebody_to_ask(
    repository: Repository, environments: dict[str, list[dict[str, object]]], said: str
):
    repository.settings.environments = {
        name: Environment(name, rules) for name, rules in environments.items()
    }
    done = run_on(repository, "approval", "--environment", "prod-approval", *REPO)
    assert done.code == (1 if said else 0), done.said
    assert said in done.err
