"""Policy documents: actions become statements, statements become documents within IAM's quotas."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bootstrap.access.conditions import Conditions, conditions
from bootstrap.access.permissions import TOPICS
from bootstrap.access.stacks import PROJECT, Stacks
from resource_types.catalog import SCOPES
from resource_types.model import Calls
from resource_types.scope import Scope

Statement = dict[str, Any]
Document = dict[str, Any]
LONGEST = 6144
"""IAM's quota: characters of a managed policy, without white space."""


class UnscopedError(Exception):
    """No scope says on which resources an action is allowed."""


def allow(
    actions: Iterable[str], resources: Sequence[str], condition: Conditions | None = None
) -> Statement:
    statement: Statement = {
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": list(resources),
    }
    return statement | ({"Condition": dict(condition)} if condition else {})


def document(statements: Sequence[Statement]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def to_json(content: Mapping[str, Any]) -> str:
    """Without white space, as IAM counts; the keys sorted, so that two runs give the same text."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def preview_statements(stacks: Stacks) -> list[Statement]:
    """What a preview of the program calls."""
    return _statements(stacks, lambda calls: calls.read_actions)


def deploy_statements(stacks: Stacks) -> list[Statement]:
    """The calls of a deployment and of the commands that wait for it. Stacks of pull requests use
    only some resource types: they share another stack's VPC, and omit what is too expensive or
    too slow to create."""

    def chosen(calls: Calls) -> frozenset[str]:
        used = not stacks.has_wildcard or calls.in_pull_requests is True
        if calls.in_pull_requests == "without a domain":
            used = used or not stacks.zones
        return calls.read_actions | calls.write_actions if used else frozenset()

    statements = _statements(stacks, chosen)
    return [*statements, *(_in_shared_vpc(stacks) if stacks.vpc_of else ())]


def _in_shared_vpc(stacks: Stacks) -> Iterator[Statement]:
    """In the VPC of another stack: security groups, and through EFS the network interfaces of mount
    targets (Amazon EFS API, CreateMountTarget, permissions)."""
    tags = {"aws:ResourceTag/Environment": stacks.vpc_of, "aws:ResourceTag/Project": PROJECT}
    vpcs = stacks.arns(["ec2:{region}:{account}:vpc/*"])
    yield allow(["ec2:CreateSecurityGroup"], vpcs, {"StringEquals": tags})
    subnets = stacks.arns(["ec2:{region}:{account}:subnet/*"])
    via_service = conditions("via_aws_service", stacks)
    yield allow(["ec2:CreateNetworkInterface"], subnets, {"StringEquals": tags, **via_service})


def pack(statements: Iterable[Statement]) -> list[Document]:
    """Documents within the quota: each statement in the first that has room, the longest first."""
    documents: list[list[Statement]] = []
    for statement in sorted(statements, key=lambda one: -len(to_json(one))):
        fitting = next((one for one in documents if _fits([*one, statement])), None)
        if fitting is None:
            documents.append(fitting := [])
        fitting.append(statement)
    return [document(content) for content in documents]


def _fits(statements: Sequence[Statement]) -> bool:
    return len(to_json(document(statements))) <= LONGEST


def _statements(stacks: Stacks, chosen: Callable[[Calls], frozenset[str]]) -> list[Statement]:
    """Topic by topic, one statement for each scope; an action is in the first topic that needs
    it."""
    done: set[str] = set()
    statements: list[Statement] = []
    for topic in TOPICS.values():
        actions = {action for calls in topic for action in chosen(calls)} - done
        done |= actions
        statements += _scoped(actions, stacks)
    return _merged(statements)


def _merged(statements: Iterable[Statement]) -> list[Statement]:
    """One statement for several with the same condition, where that allows nothing more: on the
    same resources, or on ARNs of different services."""
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


def _scoped(actions: set[str], stacks: Stacks) -> Iterator[Statement]:
    unscoped = {a for a in actions if not any(_covers(scope, a) for scope in SCOPES)}
    if unscoped:
        raise UnscopedError(f"resource_types/aws/ has no scope for {', '.join(sorted(unscoped))}")
    for scope in SCOPES:
        covered = {action for action in actions if _covers(scope, action)}
        if covered and (resources := stacks.arns(scope.resources)):
            yield allow(covered, resources, conditions(scope.condition, stacks))


def _covers(scope: Scope, action: str) -> bool:
    return scope.actions.fullmatch(action) is not None
