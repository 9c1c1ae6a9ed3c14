"""The S3 bucket of Pulumi's state."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from bootstrap.access.documents import document, to_json
from components.shared.bucket import block_public_access, tls_only


class StateBucket(pulumi.ComponentResource):
    """A versioned bucket whose old versions expire, protected from `pulumi destroy`.

    Makes: s3.Bucket, versioning, encryption, public access block, life cycle, policy.
    """

    bucket: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        bucket_name: str,
        bucket_arn: str,
        key_arn: pulumi.Input[str],
        old_version_days: int,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("plataforma:bootstrap:StateBucket", name, None, opts)
        bucket = aws.s3.Bucket(
            name,
            bucket=bucket_name,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        below = pulumi.ResourceOptions(parent=bucket)
        aws.s3.BucketVersioning(
            name,
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=below,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": key_arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=below,
        )
        block_public_access(name, bucket)
        expire_old: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
            "id": "forget-old-versions",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrent_version_expiration": {"noncurrent_days": old_version_days},
            "expiration": {"expired_object_delete_marker": True},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        }
        aws.s3.BucketLifecycleConfiguration(name, bucket=bucket.id, rules=[expire_old], opts=below)
        aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=to_json(document([dict(tls_only(bucket_arn, f"{bucket_arn}/*"))])),
            opts=below,
        )
        self.bucket = bucket.bucket
        self.register_outputs({"bucket": bucket.bucket})
