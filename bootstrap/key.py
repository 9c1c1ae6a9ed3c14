"""The KMS keys of the state and of each environment's secrets."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from bootstrap.access.documents import document, to_json


class AccountKey(pulumi.ComponentResource):
    """A key that rotates every year and is used as the account's IAM policies allow. It is
    protected from `pulumi destroy`: without it, what it encrypted is lost.

    Makes: kms.Key, kms.Alias.
    """

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, alias: str, description: str, root_arn: str, opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__("plataforma:bootstrap:AccountKey", name, None, opts)
        by_iam = {
            "Sid": "AccountByIam",
            "Effect": "Allow",
            "Principal": {"AWS": root_arn},
            "Action": "kms:*",
            "Resource": "*",
        }
        key = aws.kms.Key(
            name,
            description=description,
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=to_json(document([by_iam])),
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        aws.kms.Alias(
            name,
            name=alias,
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=key),
        )
        self.arn = key.arn
        self.register_outputs({"arn": key.arn})
