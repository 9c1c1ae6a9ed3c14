"""What main need not test again. GitHub's answers are written by hand, in the fields that its REST
API documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.delivery.github.runs import REPO, run_on
from tests.delivery.github_server import Repository

HEAD, MERGED, PARENT = "a" * 40, "b" * 40, "c" * 40
RUN = "https://github.example/run/7"
ACTIONS, OTHER = {"slug": "github-actions"}, {"slug": "another"}


def known(**changed: Any) -> dict[str, Any]:
    """A squashed pull request that was up to date and had passed, behind a commit that has."""
    runs = {"merge_group": [], "pull_request": [{"html_url": RUN}], **changed.pop("runs", {})}
    pull = {"number": 7, "base": {"ref": "main"}, "head": {"sha": HEAD}, "merge_commit_sha": MERGED}
    checks = [{"conclusion": "success", "app": ACTIONS}]
    of_workflow = "actions/workflows/cicd.yml/runs?status=success"
    return {
        f"{of_workflow}&event=merge_group&head_sha={MERGED}": {
            "workflow_runs": runs["merge_group"]
        },
        f"{of_workflow}&event=pull_request&head_sha={HEAD}": {
            "workflow_runs": runs["pull_request"]
        },
        f"git/commits/{MERGED}": {"tree": {"sha": "1"}, "parents": [{"sha": PARENT}]},
        f"git/commits/{HEAD}": {"tree": {"sha": changed.get("tree", "1")}, "parents": []},
        f"commits/{MERGED}/pulls": [{**pull, **changed.get("pull", {})}],
        f"compare/{PARENT}...{HEAD}": {"behind_by": changed.get("behind", 0)},
        f"commits/{PARENT}/check-runs?check_name=checks&filter=latest": {
            "check_runs": changed.get("checks", checks)
        },
    }


def is_tested_again(repository: Repository) -> bool:
    in_actions = {"GITHUB_ACTIONS": "true"}
    done = run_on(repository, "changes", "--unless-passed", MERGED, *REPO, more=in_actions)
    assert done.code == 0, done.said
    lines = dict(line.split("=", 1) for line in done.out.splitlines())
    assert (lines["program"] == "false") == (f"passed in {RUN}" in done.summary)
    assert (lines["program"] == "false") == (json.loads(lines["applications"]) == [])
    return lines["program"] == "true"


@pytest.mark.parametrize(
    "changed",
    [{}, {"runs": {"merge_group": [{"html_url": RUN}], "pull_request": []}}],
    ids=["pull request", "merge queue"],
)
def test_files_that_have_passed_are_not_tested_again(repository: Repository, changed: Any):
    repository.answers = known(**changed)
    assert not is_tested_again(repository)


@pytest.mark.parametrize(
    "changed",
    [
        {"runs": {"pull_request": []}},
        {"tree": "2"},
        {"behind": 1},
        {"pull": {"base": {"ref": "topic"}}},
        {"pull": {"merge_commit_sha": HEAD}},
        {"checks": []},
        {"checks": [{"conclusion": None, "app": ACTIONS}]},
        {"checks": [{"conclusion": "failure", "app": ACTIONS}]},
        {"checks": [{"conclusion": "success", "app": OTHER}]},
        {"runs": {"merge_group": [{"html_url": RUN}]}, "checks": []},
    ],
    ids=lambda changed: json.dumps(changed)[:60],
)
def test_whatever_else_is_tested_again(repository: Repository, changed: Any):
    repository.answers = known(**changed)
    assert is_tested_again(repository)


def test_the_first_commit_of_a_repository_is_tested(repository: Repository):
    repository.answers = known() | {f"git/commits/{MERGED}": {"tree": {"sha": "1"}, "parents": []}}
    assert is_tested_again(repository)


def test_where_github_does_not_answer_everything_is_tested(repository: Repository):
    repository.refusals = [(500, {})] * 20
    assert is_tested_again(repository)
