"""Environments admit whom GitHub's documentation says that they admit."""

from __future__ import annotations

import pytest

from tests.rehearsal.environments import Rules, Settings


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
