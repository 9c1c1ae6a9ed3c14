"""A private S3 bucket whose objects expire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.context import Context
from components.shared.link import Link


@dataclass(frozen=True)
class PrivateBucketArgs:
    """`purpose` ends the bucket's name; objects expire after `expiration_days`; `statements` are
    added to the bucket policy and name the ARN that `bucket_arn` gives."""

    purpose: str
    expiration_days: int
    statements: Sequence[iam.Statement] = ()


class PrivateBucket(pulumi.ComponentResource):
    """A bucket without public access, whose objects expire.

    Makes: s3.Bucket, BucketPublicAccessBlock, BucketLifecycleConfiguration, BucketPolicy (TLS
    required).
    """

    arn: pulumi.Output[str]
    bucket: pulumi.Output[str]
    """Its name, known once it has its policy: a new load balancer writes a test object at once."""

    def __init__(
        self,
        name: str,
        context: Context,
        args: PrivateBucketArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:storage:PrivateBucket", name, None, opts)
        self._name = name
        bucket = aws.s3.Bucket(
            name,
            bucket=physical_name(args.purpose, context),
            force_destroy=not context.is_production,
            opts=pulumi.ResourceOptions(parent=self),
        )
        child_opts = pulumi.ResourceOptions(parent=bucket)
        block_public_access(name, bucket)
        expire: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
            "id": "forget",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"days": args.expiration_days},
        }
        aws.s3.BucketLifecycleConfiguration(name, bucket=bucket.id, rules=[expire], opts=child_opts)
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=iam.document(
                [*args.statements, tls_only(bucket.arn, pulumi.Output.concat(bucket.arn, "/*"))]
            ),
            opts=child_opts,
        )
        self.arn = bucket.arn
        self.bucket = pulumi.Output.all(bucket.bucket, policy.id).apply(
            lambda outputs: str(outputs[0])
        )
        self.register_outputs({"bucket": bucket.bucket})

    def link(self, variable: str) -> Link:
        """For a client that reads and writes objects; `variable` is set to the bucket's name."""
        objects = pulumi.Output.concat(self.arn, "/*")
        return Link(
            self._name,
            environment={variable: self.bucket},
            statements=[
                iam.allow(["s3:ListBucket"], [self.arn]),
                iam.allow(["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [objects]),
            ],
        )


def block_public_access(name: str, bucket: aws.s3.Bucket) -> pulumi.Resource:
    """Makes: s3.BucketPublicAccessBlock, by which no ACL and no policy can make it public."""
    return aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=pulumi.ResourceOptions(parent=bucket),
    )


def physical_name(purpose: str, context: Context) -> str:
    """Bucket names are shared by all accounts: the account's number makes this one unique."""
    return f"{context.names.platform}-{purpose}-{context.account}"


def bucket_arn(purpose: str, context: Context) -> str:
    return f"arn:{context.partition}:s3:::{physical_name(purpose, context)}"


def tls_only(arn: pulumi.Input[str], objects_arn: pulumi.Input[str]) -> iam.Statement:
    """Denies every call on a bucket and its objects without TLS."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, objects_arn],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
