"""Policy documents: from actions to statements, from statements to documents that IAM takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bootstrap.place import PROJECT, Place
from bootstrap.rights import TOPICS, Rights
from bootstrap.scopes import SCOPES, Conditions, Scope

Statement = dict[str, Any]
Document = dict[str, Any]
LONGEST = 6144
"""Characters of a managed policy, white space apart; a role takes ten (IAM quotas)."""
NOT_EPHEMERAL = (
    "aws:amp/",
    "aws:cloudfront/",
    "aws:codedeploy/",
    "aws:ec2/defaultSecurityGroup",
    "aws:ec2/eip",
    "aws:ec2/flowLog",
    "aws:ec2/internetGateway",
    "aws:ec2/natGateway",
    "aws:ec2/route",
    "aws:ec2/subnet",
    "aws:ec2/vpc",
    "aws:grafana/",
    "aws:mq/",
    "aws:rds/proxy",
    "aws:wafv2/",
    "delivery:codedeploy",
)


class UnscopedError(Exception):
    """An action of rights.py that no row of scopes.py is for."""


def allow(
    actions: Iterable[str], resources: Sequence[str], conditions: Conditions | None = None
) -> Statement:
    statement: Statement = {
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": list(resources),
    }
    return statement | ({"Condition": dict(conditions)} if conditions else {})


def document(statements: Sequence[Statement]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def written(content: Mapping[str, Any]) -> str:
    """As IAM counts it: with no white space, keys sorted so that no run differs from another."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def reading(place: Place) -> list[Statement]:
    """What a preview of the program reads."""
    return _statements(place, TOPICS, lambda row: row.read_actions)


def deploying(place: Place) -> list[Statement]:
    """What deploying the program, and following the deployment, calls. Stacks of pull requests have
    none of NOT_EPHEMERAL: their VPC is another's, and the rest is too dear or too slow for them."""
    left_out = () if place.exact else NOT_EPHEMERAL
    rights = {
        topic: {t: r for t, r in rows.items() if not t.startswith(left_out)}
        for topic, rows in TOPICS.items()
    }
    statements = _statements(place, rights, lambda row: row.read_actions | row.write_actions)
    if place.shares:
        # Its own security groups in that VPC, and nothing else of it.
        tags = {"aws:ResourceTag/Environment": place.shares, "aws:ResourceTag/Project": PROJECT}
        vpcs = place.arns(["ec2:{region}:{account}:vpc/*"])
        statements.append(allow(["ec2:CreateSecurityGroup"], vpcs, {"StringEquals": tags}))
    return statements


def packed(statements: Iterable[Statement]) -> list[Document]:
    """Documents that fit: each statement in the first that has room, the largest first."""
    documents: list[list[Statement]] = []
    for statement in sorted(statements, key=lambda one: -len(written(one))):
        home = next((held for held in documents if _fits([*held, statement])), None)
        if home is None:
            documents.append(home := [])
        home.append(statement)
    return [document(content) for content in documents]


def _fits(statements: Sequence[Statement]) -> bool:
    return len(written(document(statements))) <= LONGEST


def _statements(
    place: Place,
    topics: Mapping[str, Mapping[str, Rights]],
    chosen: Callable[[Rights], frozenset[str]],
) -> list[Statement]:
    """Topic by topic, one statement a scope; an action stands in the first topic that needs it."""
    done: set[str] = set()
    statements: list[Statement] = []
    for rows in topics.values():
        actions = {action for row in rows.values() for action in chosen(row)} - done
        done |= actions
        statements += _scoped(actions, place)
    return _merged(statements)


def _merged(statements: Iterable[Statement]) -> list[Statement]:
    """One statement for several of the same condition, where it allows nothing more: on everything,
    or on ARNs of different services."""
    merged: list[Statement] = []
    for statement in statements:
        twin = next((one for one in merged if _may_merge(one, statement)), None)
        if twin is None:
            merged.append(statement)
            continue
        twin["Action"] = sorted({*twin["Action"], *statement["Action"]})
        twin["Resource"] = list(dict.fromkeys([*twin["Resource"], *statement["Resource"]]))
    return merged


def _may_merge(one: Statement, other: Statement) -> bool:
    if one.get("Condition") != other.get("Condition"):
        return False
    if one["Resource"] == other["Resource"]:
        return True
    unscoped = "*" in (*one["Resource"], *other["Resource"])
    return bool(one.get("Condition")) and not unscoped and not _services(one) & _services(other)


def _services(statement: Statement) -> set[str]:
    named = {action.partition(":")[0] for action in statement["Action"]}
    return named | {arn.split(":")[2] for arn in statement["Resource"]}


def _scoped(actions: set[str], place: Place) -> Iterator[Statement]:
    homeless = {a for a in actions if not any(_covers(scope, a) for scope in SCOPES)}
    if homeless:
        raise UnscopedError(f"add a row to bootstrap/scopes.py for {', '.join(sorted(homeless))}")
    for scope in SCOPES:
        covered = {action for action in actions if _covers(scope, action)}
        if covered:
            yield allow(covered, place.arns(scope.resources), scope.conditions(place))


def _covers(scope: Scope, action: str) -> bool:
    return scope.actions.fullmatch(action) is not None
