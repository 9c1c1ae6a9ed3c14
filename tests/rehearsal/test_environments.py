"""Environments admit whom GitHub's documentation says that they admit."""

from __future__ import annotations

import pytest

from commands.live.github import Call
from tests.rehearsal.environments import Rules, Settings, set_by


@pytest.mark.parametrize(
    ("rules", "protected", "ref", "admitted"),
    [
        (Rules(), {"main"}, "refs/pull/7/merge", True),
        (Rules(protected_only=True), {"main"}, "refs/heads/main", True),
        (Rules(protected_only=True), {"main"}, "refs/heads/topic", False),
        (Rules(protected_only=True), {"main"}, "refs/pull/7/merge", False),
        (Rules(protected_only=True), {"main"}, "refs/tags/main", False),
        (Rules(protected_only=True), set[str](), "refs/heads/topic", True),
        (Rules(patterns=[]), {"main"}, "refs/heads/main", False),
        (Rules(patterns=["main", "release/*"]), set[str](), "refs/heads/release/1", True),
        (Rules(patterns=["main", "release/*"]), set[str](), "refs/heads/release/1/2", False),
        (Rules(patterns=["*"]), set[str](), "refs/heads/a/b", False),
        (Rules(patterns=["refs/pull/*/merge"]), set[str](), "refs/pull/7/merge", True),
    ],
)
def test_a_ref_may_enter(rules: Rules, protected: set[str], ref: str, admitted: bool):
    refusal = Settings({"e": rules}, protected).refusal("e", ref)
    assert (refusal == "") == admitted


def test_an_environment_s_name_ignores_case():
    settings = Settings({"prod": Rules(protected_only=True)}, {"main"})
    assert settings.refusal("Prod", "refs/heads/topic") != ""


def test_an_environment_that_nobody_made_has_no_rules():
    assert Settings({}, {"main"}).refusal("production", "refs/heads/topic") == ""


@pytest.mark.parametrize(
    ("rules", "reviewer", "may"),
    [
        (Rules(frozenset({1, 2})), 1, True),
        (Rules(frozenset({1, 2}), prevent_self_review=True), 1, False),
        (Rules(frozenset({1, 2}), prevent_self_review=True), 2, True),
        (Rules(frozenset({2})), 3, False),
    ],
)
def test_a_reviewer_may_approve_what_1_has_started(rules: Rules, reviewer: int, may: bool):
    assert rules.may_approve(reviewer, actor=1) == may


def test_the_rules_are_those_that_the_calls_set():
    def put(path: str, body: dict[str, object]) -> Call:
        return Call(("api", "--method", "PUT", f"repos/a/b/{path}", "--input", "-"), body)

    custom = {"protected_branches": False, "custom_branch_policies": True}
    found = set_by(
        [
            put("branches/main/protection", {}),
            put("environments/qa", {"deployment_branch_policy": custom}),
            put("environments/qa/deployment-branch-policies", {"name": "main"}),
            put("environments/qa/deployment-branch-policies", {"name": "release/*"}),
            put(
                "environments/prod",
                {
                    "reviewers": [{"type": "User", "id": 7}],
                    "prevent_self_review": True,
                    "deployment_branch_policy": {"protected_branches": True},
                },
            ),
            Call(("variable", "set", "AWS_REGION", "--body", "eu-west-1", "--repo", "a/b")),
            Call(("variable", "set", "ROLE", "--body", "r", "--env", "qa", "--repo", "a/b")),
        ]
    )
    assert found.protected == {"main"}
    assert found.environments == {
        "qa": Rules(patterns=["main", "release/*"]),
        "prod": Rules(frozenset({7}), prevent_self_review=True, protected_only=True),
    }
    assert found.variables == {"AWS_REGION": "eu-west-1"}
