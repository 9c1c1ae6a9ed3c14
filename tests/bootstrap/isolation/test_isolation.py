"""The table: each role of the pipeline, and each role that it can make, on each other environment.

Denied, but for what is listed here with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.bootstrap import account
from tests.bootstrap.iam import Context, Role, listed, listed_maps
from tests.bootstrap.isolation.makers import (
    ADMINISTRATOR,
    MAKERS,
    made_role,
    makes,
    own_boundary,
    pipeline_role,
    tagged,
)
from tests.bootstrap.isolation.uses import Use, of_account, uses
from tests.support.variants import program_plans

OWN = {
    "preview-staging": ("staging",),
    "deploy-staging": ("staging",),
    "preview-prod": ("prod",),
    "deploy-prod": ("prod",),
    "ephemeral": ("pr7", "pr8"),
    "images": (),
}
ENVIRONMENTS = ("staging", "prod", "pr7", "pr8")
PROMOTED = "production deploys the digests that stand in staging's state"
UNSCOPED = "AWS knows no resource of this call"
SHARED_VPC = "stacks of pull requests are in staging's VPC"
OF_LOGS = "AWS's log delivery needs it for the account; it can't be told from that of a log group"
PROXY = "a proxy's only target group has neither name nor tag"
EFS = (
    "EFS judges clients by no key that tells environments apart; what is left is the network: a "
    "mount target admits the services that have the volume"
)
DISCOVERY = "a cluster's description, which Prometheus' discovery asks for of `default` too"
DEREGISTER, UNSUBSCRIBE = (
    "ecs:DeregisterTaskDefinition *",
    "sns:Unsubscribe plataforma-<env>-alarms:0",
)
PUT_POLICY = "logs:PutResourcePolicy log-group:/plataforma/<env>/backend"
# Role, use, environments, reason.
LISTED: list[tuple[str, str, tuple[str, ...], str]] = [
    *[
        (role, use, ("staging",), PROMOTED)
        for role in ("preview-prod", "deploy-prod")
        for use in (
            "kms:Decrypt key/secrets-<env>",
            "s3:GetObject acme-plataforma-state/.pulumi/stacks/plataforma/<env>.json",
        )
    ],
    *[
        (role, use, others, UNSCOPED)
        for role, others in (
            ("deploy-staging", ("prod", "pr7", "pr8")),
            ("deploy-prod", ("staging", "pr7", "pr8")),
        )
        for use in (
            DEREGISTER,
            UNSUBSCRIBE,
            "codedeploy:StopDeployment *",
            "codedeploy:ContinueDeployment *",
            "elasticloadbalancing:SetWebAcl *",
        )
    ],
    ("deploy-staging", PUT_POLICY, ("prod", "pr7", "pr8"), OF_LOGS),
    ("deploy-prod", PUT_POLICY, ("staging", "pr7", "pr8"), OF_LOGS),
    ("ephemeral", PUT_POLICY, ("staging", "prod"), OF_LOGS),
    *[("ephemeral", use, ("staging", "prod"), UNSCOPED) for use in (DEREGISTER, UNSUBSCRIBE)],
    ("ephemeral", "ec2:CreateSecurityGroup vpc/vpc-0", ("staging",), SHARED_VPC),
    *[
        (role, "rds:ModifyDBProxyTargetGroup target-group:prx-tg-0", others, PROXY)
        for role, others in (
            ("deploy-staging", ("prod", "pr7", "pr8")),
            ("deploy-prod", ("staging", "pr7", "pr8")),
        )
    ],
    *[
        (f"made by {maker}", "ecs:DescribeClusters cluster/plataforma-<env>", others, DISCOVERY)
        for maker, others in (
            ("deploy-staging", ("prod", "pr7", "pr8")),
            ("deploy-prod", ("staging", "pr7", "pr8")),
            ("ephemeral", ("staging", "prod", "pr8")),
        )
    ],
    *[
        (f"made by {maker}", f"elasticfilesystem:{call} file-system/fs-0", others, EFS)
        for maker, others in (
            ("deploy-staging", ("prod", "pr7", "pr8")),
            ("deploy-prod", ("staging", "pr7", "pr8")),
            ("ephemeral", ("staging", "prod", "pr8")),
        )
        for call in ("ClientMount", "ClientWrite")
    ],
]


def others_uses(own: tuple[str, ...]) -> Iterator[tuple[str, Use]]:
    for environment in ENVIRONMENTS:
        if environment not in own:
            yield from ((environment, use) for use in uses(environment))
    yield from (("account", use) for use in of_account())


def allowed(role: Role, own: tuple[str, ...], tag: str = "") -> set[tuple[str, str]]:
    def context(use: Use) -> Context:
        return tagged(use.context, tag) if tag else use.context

    return {
        (use.name, environment)
        for environment, use in others_uses(own)
        if role.may(use.action, use.resource, context(use))
    }


def expected(role: str) -> set[tuple[str, str]]:
    return {
        (use, environment)
        for who, use, environments, _ in LISTED
        if who == role
        for environment in environments
    }


@pytest.mark.parametrize("role", account.PIPELINE_ROLES)
def test_a_role_of_the_pipeline_has_nothing_of_other_environments(role: str):
    assert allowed(pipeline_role(role), OWN[role]) == expected(role)


@pytest.mark.parametrize("maker", MAKERS)
def test_a_role_that_can_be_made_has_nothing_of_other_environments(maker: str):
    """It has a policy that allows everything, and its boundary."""
    made, own = made_role(maker, own_boundary(maker)), MAKERS[maker]
    assert allowed(made, (own,), own) == expected(f"made by {maker}")


@pytest.mark.parametrize("maker", MAKERS)
def test_a_role_is_made_with_its_makers_boundary_alone(maker: str):
    boundaries = [*account.boundaries(), ADMINISTRATOR, None]
    assert [one for one in boundaries if makes(maker, one)] == [own_boundary(maker)]


@pytest.mark.parametrize("maker", MAKERS)
def test_the_table_is_of_calls_that_work_on_their_own_environment(maker: str):
    """Else it would show nothing: of each kind there are calls that it may make on its own."""
    made, own = made_role(maker, own_boundary(maker)), MAKERS[maker]
    acting = [(made, own), (pipeline_role(maker), "")]
    worked = {
        (use.of, use.name)
        for use in uses(own)
        for role, tag in acting
        if role.may(use.action, use.resource, tagged(use.context, tag) if tag else use.context)
    }
    assert {of for of, _ in worked} == {"secrets", "data", "services", "state"}
    assert len(worked) > 70


def test_no_policy_of_a_resource_lets_in_whom_a_boundary_keeps_out():
    """A resource's policy that named everyone, or sessions of a role, would not be limited by the
    boundaries. Those of the program allow AWS's services alone, and the account in key policies,
    which leaves it to IAM policies."""
    opened: set[str] = set()
    for resource in (one for plan in program_plans() for one in plan.resources):
        for name in ("policy", "keyPolicy", "accessPolicy"):
            text = resource.inputs.get(name)
            if not isinstance(text, str) or '"Principal"' not in text:
                continue
            for statement in listed_maps(json.loads(text)["Statement"]):
                principal = statement["Principal"]
                others = ["*"] if principal == "*" else listed(principal.get("AWS", []))
                root = resource.type == "aws:kms/key:Key" and all(":root" in one for one in others)
                if statement["Effect"] == "Allow" and others and not root:
                    opened.add(f"{resource.type} {resource.name} {others}")
    assert opened == set()
