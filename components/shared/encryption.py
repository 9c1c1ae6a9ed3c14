"""The KMS key of a stack."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.context import Context


class Encryption(pulumi.ComponentResource):
    """One customer managed key for all data at rest: stores, queues, secrets, logs, topics.

    Makes: kms.Key with yearly rotation, kms.Alias. In production the key stays in the account when
    the stack is destroyed, for the final snapshots and automated backups that stay are encrypted
    with it (RDS User Guide, "Encrypting Amazon RDS resources").
    """

    key_arn: pulumi.Output[str]

    def __init__(
        self, name: str, context: Context, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("plataforma:encryption:Encryption", name, None, opts)
        key = aws.kms.Key(
            name,
            description=f"Data at rest of {context.names.platform}",
            enable_key_rotation=True,
            deletion_window_in_days=30 if context.is_production else 7,
            policy=iam.document(key_policy(context)),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=context.is_production),
        )
        aws.kms.Alias(
            name,
            name=f"alias/{context.names.platform}",
            target_key_id=key.key_id,
            # The next stack of this name takes the alias for a key of its own.
            opts=pulumi.ResourceOptions(parent=key, retain_on_delete=False),
        )
        self.key_arn = key.arn
        self.register_outputs({"keyArn": key.arn})


def key_policy(context: Context) -> list[iam.Statement]:
    """IAM policies of the account grant access; its log groups and alarms may use the key."""
    root = f"arn:{context.partition}:iam::{context.account}:root"
    use = [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey*",
        "kms:ReEncrypt*",
    ]
    log_groups = context.arn("logs", "log-group:*")
    return [
        {
            "Sid": "AccountByIam",
            "Effect": "Allow",
            "Principal": {"AWS": root},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "LogGroups",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{context.region}.amazonaws.com"},
            "Action": use,
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
        },
        {
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": context.account}},
        },
        {
            # Amazon Managed Service for Prometheus User Guide, "Giving ... permission to send alert
            # messages to your Amazon SNS topic", has no condition; the topic's policy has one.
            "Sid": "ManagedPrometheus",
            "Effect": "Allow",
            "Principal": {"Service": "aps.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        },
    ]
