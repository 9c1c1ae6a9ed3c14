"""The permissions boundaries: all that the program's roles do on their own environment, and nothing
of what no role may do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from bootstrap.access.conditions import ATTACHABLE, MONITORING
from simulation import outputs
from simulation.plan import Plan
from tests.bootstrap import account
from tests.bootstrap.account import HERE, IAM
from tests.bootstrap.iam import allows, listed
from tests.bootstrap.isolation.makers import WHO, boundary_document
from tests.support.plans import plan_of_pull_request
from tests.support.variants import MODES, plan_in

POLICY = "aws:iam/rolePolicy:RolePolicy"
OWNERS = ("staging", "prod", "ephemeral")
REFERENCE = re.compile(r"\$\{([\w.-]+?)\.(\w[\w.\[\]]*)\}")


def plan_of(mode: str) -> tuple[Plan, str]:
    """A plan, and its environment."""
    if mode == "pr7":
        return plan_of_pull_request(), "pr7"
    return plan_in(mode), "prod" if mode == "prod" else "staging"


def known(plan: Plan, text: str) -> str:
    """An ARN, with those of resources that a preview does not know yet."""

    def arn(found: re.Match[str]) -> str:
        name, attribute = found[1], found[2]
        if "SecretArn" in attribute or "secretArn" in attribute:
            return f"arn:aws:secretsmanager:{HERE}:secret:rds!db-00000000-AbCdEf"
        owners = [one for one in plan.resources if one.name == name and one.custom]
        made = [outputs.created(o.type, o.urn, o.inputs, "eu-west-1")[1] for o in owners]
        arns = [str(one["arn"]) for one in made if "arn" in one]
        of_kind = [one for one in arns if _fits(one)]
        return (of_kind or arns)[0]

    return REFERENCE.sub(arn, text)


def _fits(arn: str) -> bool:
    kinds = ("log-group", "key/", "sqs", "sns", "ssm", "stateMachine", "workspace", "secret:")
    return any(kind in arn for kind in kinds)


def calls(plan: Plan, environment: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each action and resource of the policies of a plan's roles, with its condition keys."""
    for policy in plan.of_type(POLICY):
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            keys = {
                "aws:RequestedRegion": "eu-west-1",
                "aws:ResourceAccount": "123456789012",
                "aws:ResourceTag/Project": "plataforma",
                WHO: environment,
                "aws:ResourceTag/aws:rds:primaryDBInstanceArn": (
                    f"arn:aws:rds:{HERE}:db:plataforma-{environment}"
                ),
            }
            for operator in statement.get("Condition", {}).values():
                keys |= {key: value for key, value in operator.items() if isinstance(value, str)}
            for action in listed(statement["Action"]):
                own = {"aws:ResourceTag/Environment": environment}
                for resource in listed(statement["Resource"]):
                    yield action, known(plan, resource), keys | own


@pytest.mark.parametrize("mode", [*MODES, "pr7"])
def test_a_boundary_allows_what_the_programs_roles_do(mode: str):
    plan, environment = plan_of(mode)
    boundary = account.boundary("ephemeral" if mode == "pr7" else environment)
    wanted = list(calls(plan, environment))
    assert len(wanted) > 15
    refused = [
        (action, resource)
        for action, resource, keys in wanted
        if not allows([boundary], action, resource, keys)
    ]
    assert refused == [], "see resource_types/boundary.py"


def test_the_boundary_lets_clients_of_file_systems_in_by_no_key_that_efs_does_not_know():
    """Amazon EFS User Guide, "Using IAM to control access to file systems": no other condition keys
    than its own are enforced for NFS clients."""
    for owner in OWNERS:
        arn = f"arn:aws:elasticfilesystem:{HERE}:file-system/fs-0"
        for call in ("ClientMount", "ClientWrite"):
            assert allows([account.boundary(owner)], f"elasticfilesystem:{call}", arn, {})
        assert not allows([account.boundary(owner)], "elasticfilesystem:ClientRootAccess", arn, {})


@pytest.mark.parametrize("owner", OWNERS)
def test_a_boundary_allows_what_policies_of_aws_do(owner: str):
    """moto holds AWS's managed policies as AWS published them."""
    published = json.loads(aws_managed_policies_data)
    needed = {
        action
        for name in ((MONITORING,) if owner == "ephemeral" else ATTACHABLE)
        for statement in published[name.rpartition("/")[2]]["Document"]["Statement"]
        for action in listed(statement["Action"])
    }
    bounded = {
        action
        for statement in account.boundary(owner)["Statement"]
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    }
    assert needed - bounded == set()


TASK_ROLE = f"{IAM}:role/plataforma-staging-backend-task"
KEY = f"arn:aws:kms:{HERE}:key/0"
THROUGH = {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}


@pytest.mark.parametrize(
    ("action", "resource", "changed"),
    [
        ("iam:CreateUser", f"{IAM}:user/x", {}),
        ("iam:PassRole", TASK_ROLE, {"iam:PassedToService": "lambda.amazonaws.com"}),
        ("iam:PassRole", f"{IAM}:role/x-task", {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
        ("iam:CreateRole", TASK_ROLE, {}),
        ("sts:AssumeRole", "arn:aws:iam::999999999999:role/x", {}),
        ("organizations:LeaveOrganization", "*", {}),
        ("account:CloseAccount", "*", {}),
        (
            "sns:Publish",
            "arn:aws:sns:us-east-1:123456789012:plataforma-staging-x",
            {"aws:RequestedRegion": "us-east-1"},
        ),
        (
            "s3:PutObject",
            "arn:aws:s3:::plataforma-staging-x/x",
            {"aws:ResourceAccount": "999999999999"},
        ),
        ("s3:GetObject", "arn:aws:s3:::acme-plataforma-state/.pulumi/stacks/x.json", {}),
        ("s3:ListBucket", "arn:aws:s3:::acme-plataforma-state", {}),
        ("s3:GetObject", "arn:aws:s3:::another-application/x", {}),
        ("dynamodb:GetItem", f"arn:aws:dynamodb:{HERE}:table/another-application", {}),
        ("events:PutRule", f"arn:aws:events:{HERE}:rule/plataforma-staging-secrets", {}),
        ("kms:Decrypt", KEY, {"aws:ResourceTag/Environment": "account"} | THROUGH),
        ("kms:Decrypt", KEY, {"aws:ResourceTag/Environment": ""}),
    ],
)
def test_a_boundary_denies_everything_else(action: str, resource: str, changed: dict[str, str]):
    context = {
        "aws:RequestedRegion": "eu-west-1",
        "aws:ResourceAccount": "123456789012",
        "aws:ResourceTag/Project": "plataforma",
        **changed,
    }
    assert not allows([account.boundary("staging")], action, resource, context)


def test_a_boundary_allows_keys_without_an_environment_through_the_service_that_checked():
    """Of AWS, or of a secret that the account keeps for all."""
    own = {"aws:RequestedRegion": "eu-west-1", "aws:ResourceAccount": "123456789012"}
    for owner, tag in (("staging", "staging"), ("ephemeral", "pr7")):
        boundary = account.boundary(owner)
        assert allows([boundary], "kms:Decrypt", KEY, own | THROUGH | {WHO: tag})
        assert not allows([boundary], "kms:Decrypt", KEY, own | {WHO: tag})


def test_what_the_account_lists_is_allowed_and_its_neighbours_are_not():
    own = {"aws:RequestedRegion": "eu-west-1", "aws:ResourceAccount": "123456789012", WHO: "pr7"}
    for owner in OWNERS:
        for name, expected in (
            ("plataforma/registry-AbCdEf", True),
            ("plataforma/registry-other-AbCdEf", False),
            ("plataforma/registr-AbCdEf", False),
        ):
            arn = f"arn:aws:secretsmanager:{HERE}:secret:{name}"
            found = allows([account.boundary(owner)], "secretsmanager:GetSecretValue", arn, own)
            assert found is expected, (owner, name)


def test_a_role_of_a_pull_request_reaches_the_stack_of_its_tag_alone():
    boundary = account.boundary("ephemeral")
    own = {"aws:RequestedRegion": "eu-west-1", "aws:ResourceAccount": "123456789012"}

    def sends(tag: str | None, environment: str) -> bool:
        queue = f"arn:aws:sqs:{HERE}:plataforma-{environment}-events"
        return allows([boundary], "sqs:SendMessage", queue, own | ({WHO: tag} if tag else {}))

    assert sends("pr7", "pr7")
    assert not sends("pr7", "pr77")
    assert not sends("pr77", "pr7")
    for tag in ("prod", "staging", "pr0", "pr", "account", None):
        for environment in ("prod", "staging", "pr0", "pr", "account", "pr7"):
            assert not sends(tag, environment), (tag, environment)


def test_every_boundary_is_one_that_a_role_can_have():
    assert sorted(account.boundaries()) == [
        f"{IAM}:policy/plataforma-boundary-{owner}" for owner in sorted(OWNERS)
    ]
    assert boundary_document(None) is None
