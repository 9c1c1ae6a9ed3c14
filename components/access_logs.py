"""The bucket that the load balancer writes its access logs to."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components import iam
from components.context import Context


class AccessLogs(pulumi.ComponentResource):
    """A private bucket that forgets.

    Makes: s3.Bucket, its public access block, life cycle and policy (the load balancers' log
    delivery may write, nobody may speak without TLS).
    """

    bucket: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        context: Context,
        keep_days: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:edge:AccessLogs", name, None, opts)
        bucket = aws.s3.Bucket(
            name,
            bucket=f"{context.names.platform}-access-logs-{context.account}",
            force_destroy=not context.is_production,
            opts=pulumi.ResourceOptions(parent=self),
        )
        below_bucket = pulumi.ResourceOptions(parent=bucket)
        aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=below_bucket,
        )
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.id,
            rules=[
                {
                    "id": "forget",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": keep_days},
                }
            ],
            opts=below_bucket,
        )
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=iam.document(bucket_policy(bucket.arn, context)),
            opts=below_bucket,
        )
        # The load balancer tests that it may write: give the name only once the policy stands.
        self.bucket = pulumi.Output.all(bucket.bucket, policy.id).apply(lambda made: str(made[0]))
        self.register_outputs({"bucket": bucket.bucket})


def bucket_policy(bucket_arn: pulumi.Input[str], context: Context) -> list[iam.Statement]:
    """Source: Elastic Load Balancing, "Enable access logs for your Application Load Balancer"."""
    objects = pulumi.Output.concat(bucket_arn, f"/AWSLogs/{context.account}/*")
    return [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": objects,
            "Condition": {"StringEquals": {"aws:SourceAccount": context.account}},
        },
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
