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
    """Makes: cloudwatch.LogGroup, encrypted, whose entries expire after `retention_days`."""
    return aws.cloudwatch.LogGroup(
        name,
        name=physical_name,
        retention_in_days=retention_days,
        kms_key_id=key_arn,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def write_statement(group_arn: pulumi.Input[str]) -> iam.Statement:
    """Lets a role write to the group: the execution role for the log driver awslogs, the task role
    for Fluent Bit."""
    streams = pulumi.Output.concat(group_arn, ":*")
    return iam.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [streams])
