"""IAM policies and roles. Statements name exact ARNs; `*` only where AWS has no resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.shared.context import Context
from components.shared.ordering import after

Statement = Mapping[str, Any]
SEND_SOURCE_ACCOUNT = frozenset(
    {
        "ecs-tasks",  # Amazon ECS Developer Guide, "Amazon ECS task IAM role"
        "grafana",  # Amazon Managed Grafana User Guide, "Customer-managed permissions"
        "scheduler",  # EventBridge Scheduler User Guide, "Confused deputy prevention"
        "monitoring.rds",  # Amazon RDS User Guide, "Setting up and enabling Enhanced Monitoring"
        "states",  # Step Functions Developer Guide, "Prevent cross-service confused deputy issue"
        "vpc-flow-logs",  # Amazon VPC User Guide, "Publish flow logs to CloudWatch Logs"
    }
)
"""The services whose documentation has aws:SourceAccount in the trust policy of the role that they
assume. Another one's call may lack the key, and a condition on it would then refuse the service;
IAM lets nobody pass a role of this account to a service in another account."""


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
    """The policy document as JSON, with sorted keys so that it is the same in each run."""
    body = {"Version": "2012-10-17", "Statement": list(statements)}
    return pulumi.Output.json_dumps(body, sort_keys=True)


def assume_role(service: str, account: str) -> pulumi.Output[str]:
    """Lets `service`, e.g. ecs-tasks, assume a role, where it says so for this account alone."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": f"{service}.amazonaws.com"},
    }
    if service in SEND_SOURCE_ACCOUNT:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    return document([statement])


@dataclass(frozen=True)
class ServiceRole:
    """A role of an AWS service. What takes the `arn` is made after the role's policies and deleted
    before them, so that it never runs without them."""

    arn: pulumi.Output[str]


def service_role(
    logical_name: str,
    *,
    physical_name: str,
    service: str,
    context: Context,
    statements: Sequence[Statement],
    parent: pulumi.Resource,
    managed_policy: str | None = None,
) -> ServiceRole:
    """Makes: iam.Role for an AWS service, with the stack's permissions boundary, a RolePolicy if
    there are statements, and a RolePolicyAttachment of the policy of AWS that is named."""
    role = aws.iam.Role(
        logical_name,
        name=physical_name,
        assume_role_policy=assume_role(service, context.account),
        permissions_boundary=context.permissions_boundary_arn,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    policies: list[pulumi.Resource] = []
    if statements:
        policies.append(
            aws.iam.RolePolicy(
                logical_name,
                role=role.name,
                policy=document(statements),
                opts=pulumi.ResourceOptions(parent=role),
            )
        )
    if managed_policy:
        policies.append(
            aws.iam.RolePolicyAttachment(
                logical_name,
                role=role.name,
                policy_arn=f"arn:{context.partition}:iam::aws:policy/{managed_policy}",
                opts=pulumi.ResourceOptions(parent=role),
            )
        )
    return ServiceRole(after(role.arn, policies))
