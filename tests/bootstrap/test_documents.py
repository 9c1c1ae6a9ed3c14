"""The policy documents: their size, and the findings of a linter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bootstrap import settings
from bootstrap.access.conditions import conditions
from bootstrap.access.documents import (
    deploy_statements,
    document,
    pack,
    preview_statements,
    to_json,
)
from bootstrap.access.permissions_boundary import boundary_statements
from resource_types.catalog import SCOPES
from tests.bootstrap import account, linter
from tests.bootstrap.iam import like, listed

# IAM's quotas: characters of a managed policy without white space, managed policies of a role.
LONGEST, MOST = 6144, 10
ROLES = account.PIPELINE_ROLES
# Accepted findings: the issue, the text, the reason.
ACCEPTED: dict[tuple[str, str], str] = {
    (
        "UNKNOWN_ACTION",
        r"Unknown action ecs:StopServiceDeployment .*",
    ): "newer than the linter's list",
    (
        "RESOURCE_MISMATCH",
        r"elasticloadbalancing:\w+ .*:(listener|listener-rule|loadbalancer)/net/.*",
    ): "no network load balancers here",
    ("RESOURCE_MISMATCH", r"rds:\w+ .*:rds:\*:\*:cluster:\*"): "no Aurora clusters here",
    (
        "UNKNOWN_CONDITION_FOR_ACTION",
        r"Unknown condition aws:(ViaAWSService|ResourceAccount|RequestedRegion|ResourceTag/\w+) .*",
    ): "global keys, which every action has",
    ("INVALID_ARN", r".*:aws:prefix-list/\*"): "AWS's own lists: the account in their ARN is aws",
    (
        "RESOURCE_POLICY_PRIVILEGE_ESCALATION",
        r".*s3:::plataforma-.*",
    ): "who makes a bucket writes its policy; the state bucket has another name",
    ("RESOURCE_STAR", r"\['ecs:ListTasks'\]"): "AWS scopes it by the condition ecs:cluster",
    (
        "RESOURCE_MISMATCH",
        r"(ecs|elasticloadbalancing|states):\w+ .* boundary",
    ): "one pattern for several kinds, which the linter does not see to overlap",
    (
        "RESOURCE_MISMATCH",
        r"(bedrock|ses):\w+ .* boundary",
    ): "models but AWS's own, and identities, are what the account lists",
    (
        "RESOURCE_MISMATCH",
        r"(dynamodb|events|firehose|geo|kinesis|lambda):\w+ .* boundary",
    ): "of pull requests' stacks nothing but what the account lists",
    ("RESOURCE_STAR", r"\[('(\w|-)+:\w+'(, )?)+\] boundary"): "a boundary allows nothing by itself",
}


BOUNDARIES = [f"boundary {owner}" for owner in (*account.ENVIRONMENTS, "ephemeral")]


def documents_of(role: str) -> list[dict[str, Any]]:
    _, _, owner = role.partition("boundary ")
    return [account.boundary(owner)] if owner else account.documents(role)


def findings(role: str) -> Iterator[tuple[str, str]]:
    """The linter's findings in a role's documents, except mismatches that another statement of the
    role makes good: a call on two kinds of resource may need two statements."""
    documents = documents_of(role)
    for one in documents:
        for finding in linter.findings(to_json(one)):
            if finding.issue == "RESOURCE_MISMATCH":
                for miss in finding.detail:
                    if not _allowed_elsewhere(documents, miss["action"], miss["required_format"]):
                        text = f"{miss['action']} {miss['required_format']}"
                        yield finding.issue, f"{text} boundary" if role in BOUNDARIES else text
                continue
            where = finding.location.get("string") or "" if finding.location else ""
            text = f"{finding.detail} {where}".strip() if finding.detail else where
            yield finding.issue, f"{text} boundary" if role in BOUNDARIES else text


def _allowed_elsewhere(documents: list[dict[str, Any]], action: str, wanted: str) -> bool:
    return any(
        like(wanted, resource) or like(resource, wanted)
        for one in documents
        for statement in one["Statement"]
        if action in listed(statement.get("Action", []))
        for resource in listed(statement["Resource"])
    )


def acceptance(issue: str, text: str) -> tuple[str, str] | None:
    return next((k for k in ACCEPTED if k[0] == issue and re.fullmatch(k[1], text)), None)


@pytest.mark.parametrize("role", [*ROLES, *BOUNDARIES])
def test_the_linter_finds_nothing_that_is_not_accepted(role: str):
    found = [one for one in findings(role) if acceptance(*one) is None]
    assert found == [], "see SCOPES in the service's file in resource_types/aws/"


def test_every_accepted_finding_is_found():
    used = {acceptance(*found) for role in (*ROLES, *BOUNDARIES) for found in findings(role)}
    assert set(ACCEPTED) - used == set()


def test_the_linter_finds_a_wrong_action():
    bad = document([{"Effect": "Allow", "Action": ["s3:GetObjekt"], "Resource": ["*"]}])
    assert linter.findings(json.dumps(bad))


@pytest.mark.parametrize("role", [*ROLES, *BOUNDARIES])
def test_no_action_is_a_wildcard_and_none_is_allowed_by_exclusion(role: str):
    documents = documents_of(role)
    for statement in (s for one in documents for s in one["Statement"]):
        if statement["Effect"] == "Allow":
            assert {"NotAction", "NotResource", "NotPrincipal"} & set(statement) == set()
            assert [a for a in listed(statement["Action"]) if "*" in a or "?" in a] == []


@pytest.mark.parametrize("environment", account.ENVIRONMENTS)
def test_a_preview_role_only_reads(environment: str):
    levels = linter.access_levels()
    granted = {
        action
        for one in account.documents(f"preview-{environment}")
        for statement in one["Statement"]
        for action in listed(statement["Action"])
    }
    changing = {action for action in granted if levels[action] not in ("Read", "List")}
    # AWS counts it as writing; it changes nothing, and config and state are unreadable without.
    assert changing == {"kms:Decrypt"}


def longest() -> settings.Settings:
    """A config in which each name has its maximum length."""
    where = {"domain": "a-rather-long-sub-domain.of-a-rather-long-domain.example.com"}
    zone = {"zone": "Z" + "0" * 31}
    return settings.parse(
        {**account.raw(), "registry": None}
        | {
            "region": "ap-southeast-1",
            "stateBucket": "s" * 63,
            "environments": [{"name": "abcdefghij", **where, **zone}],
            "ephemeral": {**where, **zone, "network": "abcdefghij"},
            "pullRequestPreviews": [],
        }
    )


@pytest.mark.parametrize("made", [account.checked(), longest()], ids=["usual", "longest"])
def test_every_document_and_role_is_within_iams_quotas(made: settings.Settings):
    for stacks in (*made.stacks.values(), *made.pull_request_stacks.values()):
        assert len(to_json(document(boundary_statements(stacks)))) <= LONGEST
        for statements in (deploy_statements(stacks), preview_statements(stacks)):
            documents = pack(statements)
            assert max(len(to_json(one)) for one in documents) <= LONGEST
            assert len(documents) + 1 <= MOST  # one more for the state


@pytest.mark.parametrize("role", ROLES)
def test_the_planned_policies_are_within_the_quota(role: str):
    assert [one for one in account.documents(role) if len(to_json(one)) > LONGEST] == []


def test_packing_and_merging_lose_no_statement():
    stacks = account.checked().stacks["staging"]
    wanted = {
        (action, arn, json.dumps(conditions(scope.condition, stacks), sort_keys=True))
        for scope in SCOPES
        for action in (a for s in deploy_statements(stacks) for a in s["Action"])
        if scope.actions.fullmatch(action)
        for arn in stacks.arns(scope.resources)
    }
    kept = {
        (action, arn, json.dumps(statement.get("Condition", {}), sort_keys=True))
        for one in pack(deploy_statements(stacks))
        for statement in one["Statement"]
        for action in statement["Action"]
        for arn in statement["Resource"]
    }
    assert wanted <= kept
    # What merging adds means nothing: an action on another service's ARN.
    assert [one for one in kept - wanted if _service(one[0]) == _service_of_arn(one[1])] == []


def _service(action: str) -> str:
    return action.partition(":")[0]


def _service_of_arn(arn: str) -> str:
    return arn.split(":")[2] if arn != "*" else "*"
