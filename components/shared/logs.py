"""CloudWatch log groups."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.shared import iam


def log_group(
    name: str,
    *,
    physical_name: str,
    retention_days: int,
    key_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> aws.cloudwatch.LogGroup:
    """An encrypted log group that forgets after `retention_days`."""
    return aws.cloudwatch.LogGroup(
        name,
        name=physical_name,
        retention_in_days=retention_days,
        kms_key_id=key_arn,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def write_statement(group_arn: pulumi.Input[str]) -> iam.Statement:
    """May write to the group: for the driver `awslogs` the execution role, for Fluent Bit the
    task's own."""
    streams = pulumi.Output.concat(group_arn, ":*")
    return iam.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [streams])
