"""The permissions boundaries of the roles that the program creates, one for each environment.

To allow a role another action, edit resource_types/boundary.py and run `make bootstrap`: a
deployment of a stack can't extend the permissions of its tasks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from bootstrap.access.conditions import Conditions, conditions
from bootstrap.access.documents import Statement, allow
from bootstrap.access.stacks import PROJECT, Stacks
from resource_types import boundary
from resource_types.model import actions

ACCOUNT_TAG = "account"
"""The tag Environment of what this project makes, which no stack's role may change or tag."""
OWN_TAG = "aws:PrincipalTag/Environment"
FILE_SYSTEMS = "elasticfilesystem:*"
"""EFS judges its clients by no global condition key: see resource_types.boundary.FILES."""


def boundary_statements(stacks: Stacks) -> list[Statement]:
    """What bears the environment's name or tag, and what the account lists for it. Roles are passed
    only to tasks (CodeDeploy does). No access to the state, nor to keys of stacks' secrets."""
    own = _own(stacks)
    in_cluster, tagged = conditions("own_cluster", own), conditions("resource_tags", own)
    listing, unscoped, tagged_use = boundary.IN_CLUSTER, boundary.UNSCOPED, boundary.KEY_USE
    if not stacks.has_wildcard:
        listing += f"; {boundary.ROLLOUTS_IN_CLUSTER}"
        unscoped += f"; {boundary.ROLLOUTS_UNSCOPED}"
        tagged_use += f"; {boundary.METRICS}"
    return [
        allow(actions(unscoped), ["*"]),
        _named(own, stacks.has_wildcard),
        allow(actions(listing), ["*"], in_cluster),
        allow(
            actions(boundary.RUN_TASK),
            own.arns(["ecs:{region}:{account}:task-definition/plataforma-{e}-*"]),
            in_cluster,
        ),
        allow(actions(tagged_use), ["*"], tagged),
        allow(actions(boundary.KEY_USE), ["*"], _untagged_through_a_service(own)),
        allow(
            ["secretsmanager:GetSecretValue"],
            own.arns(["secretsmanager:{region}:{account}:secret:rds!db-*"]),
            conditions("own_database_secret", own),
        ),
        allow(
            actions(boundary.FILES),
            own.arns(["elasticfilesystem:{region}:{account}:file-system/*"]),
        ),
        allow(
            ["iam:PassRole"],
            own.arns(["iam::{account}:role/plataforma-{e}-*"]),
            {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        *_denied(stacks),
    ]


def reaches(stacks: Stacks, arn: str) -> bool:
    """Whether the boundary lets tasks use what an ARN names, if it judges its service by ARNs."""
    patterns = _named(_own(stacks), stacks.has_wildcard)["Resource"]
    services = {named.actions.partition(":")[0] for named in boundary.NAMED}
    judged = arn.split(":")[2] in services
    return not judged or any(fnmatchcase(arn, pattern) for pattern in patterns)


def _named(own: Stacks, in_pull_requests: bool) -> Statement:
    """Actions that are no part of an ARN's service match nothing there. For stacks of pull requests
    nobody makes by hand what the program does not make: its names would only make this longer."""
    named = boundary.NAMED if in_pull_requests else [*boundary.NAMED, *boundary.ROLLOUTS]
    templates = [arn for one in named if one.made or not in_pull_requests for arn in one.arns]
    used = {action for one in named for action in actions(one.actions)}
    return allow(used, [*own.arns(templates), *own.listed])


def _denied(stacks: Stacks) -> Iterator[Statement]:
    """Another region, where IAM is in none; another account, where a service tells whose a resource
    is; roles with a tag of no stack of pull requests."""
    elsewhere: Conditions = {"StringNotEquals": {"aws:RequestedRegion": stacks.region}}
    yield _deny_all_but([FILE_SYSTEMS, "iam:PassRole"], elsewhere)
    foreign: Conditions = {
        "Null": {"aws:ResourceAccount": "false"},
        "StringNotEquals": {"aws:ResourceAccount": stacks.account},
    }
    yield _deny_all_but([FILE_SYSTEMS], foreign)
    if stacks.has_wildcard:
        others: Conditions = {"StringNotLike": {OWN_TAG: list(stacks.environments)}}
        yield _deny_all_but([FILE_SYSTEMS], others)


def _deny_all_but(excepted: Sequence[str], condition: Conditions) -> Statement:
    return {
        "Effect": "Deny",
        "NotAction": list(excepted),
        "Resource": "*",
        "Condition": dict(condition),
    }


def _own(stacks: Stacks) -> Stacks:
    """Of stacks of pull requests, which have one policy for all: the stack that a role's own tag
    names (IAM User Guide, "Policy variables": boundaries support them). Who makes a role chooses
    its tag, so that any other tag is denied."""
    environment = f"${{{OWN_TAG}}}" if stacks.has_wildcard else stacks.environments[0]
    return replace(stacks, environments=(environment,), names=(f"{PROJECT}-{environment}",))


def _untagged_through_a_service(stacks: Stacks) -> Conditions:
    """Keys that belong to no environment, of AWS or of the account's own secrets: the service that
    uses one has checked that the caller may have what it encrypts."""
    return {
        "Null": {"aws:ResourceTag/Environment": "true"},
        "StringLike": {"kms:ViaService": f"*.{stacks.region}.amazonaws.com"},
    }
