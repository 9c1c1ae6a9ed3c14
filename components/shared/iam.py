"""IAM documents: statements in, JSON out. Exact ARNs; `*` only where AWS knows no resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from components.shared.context import Context

Statement = Mapping[str, Any]


def allow(
    actions: Sequence[str],
    resources: Sequence[pulumi.Input[str]],
    conditions: Mapping[str, Any] | None = None,
) -> Statement:
    """A statement that allows `actions` on `resources`."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": list(resources),
    }
    return statement | ({"Condition": conditions} if conditions else {})


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """The policy document as JSON, keys sorted so that no run differs from another."""
    body = {"Version": "2012-10-17", "Statement": list(statements)}
    return pulumi.Output.json_dumps(body, sort_keys=True)


def assume_role(service: str, account: str) -> pulumi.Output[str]:
    """Who may assume a role: `service`, e.g. ecs-tasks, and only for this account's resources."""
    return document(
        [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ]
    )


def service_role(
    logical_name: str,
    *,
    physical_name: str,
    service: str,
    context: Context,
    statements: Sequence[Statement],
    parent: pulumi.Resource,
) -> aws.iam.Role:
    """A role for an AWS service, under the stack's permissions boundary, with one inline policy
    (none where there is nothing to allow)."""
    role = aws.iam.Role(
        logical_name,
        name=physical_name,
        assume_role_policy=assume_role(service, context.account),
        permissions_boundary=context.permissions_boundary_arn,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    if statements:
        aws.iam.RolePolicy(
            logical_name,
            role=role.name,
            policy=document(statements),
            opts=pulumi.ResourceOptions(parent=role),
        )
    return role
