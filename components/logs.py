"""CloudWatch log groups."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


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
