"""A private S3 bucket that forgets."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.context import Context


class PrivateBucket(pulumi.ComponentResource):
    """A bucket that nobody reaches from outside or without TLS, and whose objects end.

    Makes: s3.Bucket, its public access block, life cycle and policy.
    """

    arn: pulumi.Output[str]
    bucket: pulumi.Output[str]
    """Its name, known once the policy stands: a load balancer tests at once that it may write."""

    def __init__(
        self,
        name: str,
        context: Context,
        purpose: str,
        keep_days: int,
        statements: Sequence[iam.Statement] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`purpose` stands in the bucket's name; `statements` are those of its policy beside the
        one that asks for TLS, on the ARN that `bucket_arn` gives."""
        super().__init__("plataforma:storage:PrivateBucket", name, None, opts)
        bucket = aws.s3.Bucket(
            name,
            bucket=physical_name(purpose, context),
            force_destroy=not context.is_production,
            opts=pulumi.ResourceOptions(parent=self),
        )
        below = pulumi.ResourceOptions(parent=bucket)
        block_public_access(name, bucket)
        forget: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
            "id": "forget",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"days": keep_days},
        }
        aws.s3.BucketLifecycleConfiguration(name, bucket=bucket.id, rules=[forget], opts=below)
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=iam.document([*statements, _tls_only(bucket.arn)]),
            opts=below,
        )
        self.arn = bucket.arn
        self.bucket = pulumi.Output.all(bucket.bucket, policy.id).apply(lambda made: str(made[0]))
        self.register_outputs({"bucket": bucket.bucket})


def block_public_access(name: str, bucket: aws.s3.Bucket) -> None:
    """No ACL and no policy can open the bucket to everyone."""
    aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=pulumi.ResourceOptions(parent=bucket),
    )


def physical_name(purpose: str, context: Context) -> str:
    """S3's names are everyone's: the account's number makes it the stack's own."""
    return f"{context.names.platform}-{purpose}-{context.account}"


def bucket_arn(purpose: str, context: Context) -> str:
    return f"arn:{context.partition}:s3:::{physical_name(purpose, context)}"


def _tls_only(arn: pulumi.Input[str]) -> iam.Statement:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, pulumi.Output.concat(arn, "/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
