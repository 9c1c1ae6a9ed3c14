"""Who may assume a role: tokens of its own jobs, and no forged ones."""

from __future__ import annotations

from typing import Any

import pytest

from bootstrap import settings
from bootstrap.access.trust import preview_subjects, subject_of_environment, trust
from settings.problems import SettingsError
from tests.bootstrap import account
from tests.bootstrap.iam import assumable

PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
GOOD = {"iss": "https://token.actions.githubusercontent.com", "aud": "sts.amazonaws.com"}
REPO = "repo:acme/plataforma"
SUBJECTS = {
    "preview-staging": [f"{REPO}:pull_request", f"{REPO}:ref:refs/heads/main"],
    "preview-prod": [f"{REPO}:pull_request", f"{REPO}:ref:refs/heads/main"],
    "deploy-staging": [f"{REPO}:environment:staging"],
    "deploy-prod": [f"{REPO}:environment:prod"],
    "ephemeral": [f"{REPO}:environment:preview", f"{REPO}:environment:preview-removal"],
    "images": [f"{REPO}:ref:refs/heads/main", f"{REPO}:environment:preview"],
}
CYRILLIC_O, FULL_WIDTH_COLON, ZERO_WIDTH = "\u043e", "\uff1a", "\u200b"
# Tokens that no role may accept: a `sub`, or all claims that differ.
FORGED: dict[str, str | dict[str, Any]] = {
    "another owner": "repo:evil/plataforma:environment:prod",
    "another repository": "repo:acme/other:environment:prod",
    "an owner that goes on": "repo:acme-evil/plataforma:environment:prod",
    "an owner before": "repo:evil/acme/plataforma:environment:prod",
    "a repository that goes on": "repo:acme/plataforma-fork:environment:prod",
    "a repository below": "repo:acme/plataforma/x:environment:prod",
    "the owner in capitals": "repo:Acme/plataforma:environment:prod",
    "the word repo in capitals": "REPO:acme/plataforma:environment:prod",
    "the environment in capitals": f"{REPO}:environment:PROD",
    "an environment that goes on": f"{REPO}:environment:production",
    "an environment and a blank": f"{REPO}:environment:prod ",
    "an environment and a line": f"{REPO}:environment:prod\n",
    "an environment and a part": f"{REPO}:environment:prod:ref:refs/heads/main",
    "an environment of another name": f"{REPO}:environment:development",
    "no environment's name": f"{REPO}:environment:",
    "a blank before": f" {REPO}:environment:prod",
    "an environment as a branch": f"{REPO}:ref:refs/heads/environment:prod",
    "another branch": f"{REPO}:ref:refs/heads/feature",
    "a branch that goes on": f"{REPO}:ref:refs/heads/main2",
    "a branch below main": f"{REPO}:ref:refs/heads/main/x",
    "a branch that ends as main": f"{REPO}:ref:refs/heads/x/main",
    "a branch called refs/heads/main": f"{REPO}:ref:refs/heads/refs/heads/main",
    "a tag called main": f"{REPO}:ref:refs/tags/main",
    "a tag": f"{REPO}:ref:refs/tags/v1.0.0",
    "a pull request's ref": f"{REPO}:ref:refs/pull/7/merge",
    "pull_request that goes on": f"{REPO}:pull_request_target",
    "a fork's pull request": "repo:evil/plataforma:pull_request",
    "a fork's main": "repo:evil/plataforma:ref:refs/heads/main",
    "a reusable workflow's claim": f"{REPO}:job_workflow_ref:acme/plataforma/x.yml@refs/heads/main",
    "a star for everything": "*",
    "a star for the end": f"{REPO}:*",
    "a question mark": f"{REPO}:environment:pro?",
    "a star for the repository": "repo:acme/*:environment:prod",
    "a look-alike letter": f"repo:acme/plataf{CYRILLIC_O}rma:environment:prod",
    "a look-alike in the environment": f"{REPO}:environment:pr{CYRILLIC_O}d",
    "a look-alike colon": f"{REPO}{FULL_WIDTH_COLON}environment:prod",
    "an invisible letter": f"{REPO}:environment:prod{ZERO_WIDTH}",
    "an encoded slash": "repo:acme%2Fplataforma:environment:prod",
    "nothing": "",
    "no repo: before": "acme/plataforma:environment:prod",
    "no subject": {"sub": None},
    "a list of subjects": {"sub": [f"{REPO}:environment:prod"]},
}
# Beside a good subject.
BAD_TOKENS: dict[str, dict[str, Any]] = {
    "GitHub's own audience": {"aud": "https://github.com/acme"},
    "another cloud's audience": {"aud": "api://AzureADTokenExchange"},
    "an audience that goes on": {"aud": "sts.amazonaws.com.evil.example"},
    "the audience in capitals": {"aud": "STS.amazonaws.com"},
    "China's audience": {"aud": "sts.amazonaws.com.cn"},
    "no audience": {"aud": None},
    "a list of audiences": {"aud": ["sts.amazonaws.com", "evil"]},
    "another issuer": {"iss": "https://evil.example"},
    "an enterprise's issuer": {"iss": "https://token.actions.githubusercontent.com/acme"},
    "an issuer that goes on": {"iss": "https://token.actions.githubusercontent.com.evil.example"},
    "an issuer without TLS": {"iss": "http://token.actions.githubusercontent.com"},
    "GitLab's issuer": {"iss": "https://gitlab.com"},
}


def takes(role: str, **claims: Any) -> bool:
    policy = trust(PROVIDER, SUBJECTS_MADE[role])
    return assumable(policy, PROVIDER, {**GOOD, **claims})


def made_subjects(role: str) -> list[str]:
    """The subjects of the planned role; a preview does not know the provider's ARN."""
    (statement,) = account.trust(role)["Statement"]
    found = statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert account.trust(role) == trust(statement["Principal"]["Federated"], found)
    return found


SUBJECTS_MADE = {role: made_subjects(role) for role in account.PIPELINE_ROLES}


@pytest.mark.parametrize("role", account.PIPELINE_ROLES)
def test_a_role_is_assumed_only_by_its_own_jobs(role: str):
    everyone = {subject for subjects in SUBJECTS.values() for subject in subjects}
    assert {subject for subject in everyone if takes(role, sub=subject)} == set(SUBJECTS[role])


@pytest.mark.parametrize("name", FORGED)
def test_no_role_is_assumed_by_a_forged_subject(name: str):
    forged = FORGED[name]
    claims = forged if isinstance(forged, dict) else {"sub": forged}
    assert [role for role in account.PIPELINE_ROLES if takes(role, **claims)] == []


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_no_role_is_assumed_with_another_audience_or_issuer(name: str):
    taken = [
        role
        for role, subjects in SUBJECTS.items()
        for subject in subjects
        if takes(role, sub=subject, **BAD_TOKENS[name])
    ]
    assert taken == []


def test_the_forged_subjects_catch_a_trust_policy_that_is_too_wide():
    """Each wildcard that is tried here lets one of the forged subjects in."""
    for hole in ("repo:acme/plataforma*", "repo:acme/*:environment:prod", "repo:*:environment:*"):
        policy = trust(PROVIDER, [hole])
        (statement,) = policy["Statement"]
        values = statement["Condition"].pop("StringEquals")
        statement["Condition"]["StringLike"] = values
        passed = [
            name
            for name, forged in FORGED.items()
            if isinstance(forged, str) and assumable(policy, PROVIDER, {**GOOD, "sub": forged})
        ]
        assert passed, hole


def test_a_newer_repositorys_subjects_hold_the_ids_of_owner_and_name():
    known = settings.parse(account.raw() | {"repository": "acme@12/plataforma@345"}).repository
    assert subject_of_environment(known, "prod") == "repo:acme@12/plataforma@345:environment:prod"
    assert preview_subjects(known, on_pull_requests=True) == [
        "repo:acme@12/plataforma@345:pull_request",
        "repo:acme@12/plataforma@345:ref:refs/heads/main",
    ]


@pytest.mark.parametrize(
    "half",
    ["acme@12/plataforma", "acme/plataforma@345", "acme@*/plataforma@*", "acme@/plataforma@"],
)
def test_a_subject_with_half_of_the_ids_is_refused(half: str):
    with pytest.raises(SettingsError, match="is not allowed"):
        settings.parse(account.raw() | {"repository": half})


def test_production_can_be_kept_from_pull_requests():
    changed = settings.parse(account.raw() | {"pullRequestPreviews": ["staging"]})
    assert changed.pull_request_previews == ("staging",)
    assert preview_subjects("acme/plataforma", on_pull_requests=False) == [
        "repo:acme/plataforma:ref:refs/heads/main"
    ]
