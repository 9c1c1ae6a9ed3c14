"""Who could act: the roles of the pipeline, and the roles that they can make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.bootstrap import account
from tests.bootstrap.account import IAM
from tests.bootstrap.iam import Context, Role

MAKERS = {"deploy-staging": "staging", "deploy-prod": "prod", "ephemeral": "pr7"}
"""The roles that make roles, and the environment for which each does."""
EVERYTHING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
WHO = "aws:PrincipalTag/Environment"


def pipeline_role(name: str) -> Role:
    return Role(f"{IAM}:role/plataforma-{name}", account.documents(name))


def own_boundary(maker: str) -> str:
    owner = "ephemeral" if maker == "ephemeral" else MAKERS[maker]
    return next(arn for arn in account.boundaries() if arn.endswith(f"boundary-{owner}"))


def boundary_document(arn: str | None) -> Mapping[str, Any] | None:
    return account.boundaries().get(arn, EVERYTHING) if arn else None


def made_arn(maker: str) -> str:
    """Of a role that it makes."""
    return f"{IAM}:role/plataforma-{MAKERS[maker]}-made-task"


def made_role(maker: str, boundary: str | None) -> Role:
    """A role with a policy that allows everything, by which its maker would act."""
    return Role(made_arn(maker), [EVERYTHING], boundary_document(boundary))


def makes(maker: str, boundary: str | None) -> bool:
    """Whether the maker may create such a role, and write its policy."""
    context: dict[str, str] = {"aws:RequestedRegion": "us-east-1"}
    if boundary:
        context["iam:PermissionsBoundary"] = boundary
    arn = made_arn(maker)
    calls = ("iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy")
    return all(pipeline_role(maker).may(call, arn, context) for call in calls)


def tagged(context: Context, environment: str) -> Context:
    """The context of a call by a role that has an environment's tag."""
    return {**context, WHO: environment}
