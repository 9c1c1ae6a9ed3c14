"""A bucket for the objects of services."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.bucket import block_public_access, physical_name, tls_only
from components.shared.context import Context
from components.shared.link import Link
from components.shared.ordering import after
from settings.naming import bucket_variable
from settings.service.task.permissions import BucketAccess
from settings.stores.buckets import BucketSettings, Cors

UNFINISHED_UPLOAD_DAYS = 7


@dataclass(frozen=True)
class BucketArgs:
    """`bucket` is its name in the stack file, `key_arn` the KMS key that encrypts its objects."""

    bucket: str
    settings: BucketSettings
    key_arn: pulumi.Input[str]


class Bucket(pulumi.ComponentResource):
    """A private bucket.

    Makes: s3.Bucket, BucketPublicAccessBlock, BucketServerSideEncryptionConfiguration (KMS),
    BucketVersioning, BucketLifecycleConfiguration, BucketPolicy (TLS required), and with `cors` a
    BucketCorsConfiguration.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        args: BucketArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:data:Bucket", name, None, opts)
        self._name, self._args = name, args
        bucket = aws.s3.Bucket(
            name,
            bucket=physical_name(args.bucket, context),
            force_destroy=not context.is_production,
            opts=pulumi.ResourceOptions(parent=self),
        )
        parts = [block_public_access(name, bucket), *self._encryption(bucket)]
        parts += self._lifecycle(bucket)
        if args.settings.cors:
            parts.append(self._cors(bucket, args.settings.cors))
        parts.append(
            aws.s3.BucketPolicy(
                name,
                bucket=bucket.id,
                policy=iam.document([tls_only(bucket.arn, pulumi.Output.concat(bucket.arn, "/*"))]),
                opts=pulumi.ResourceOptions(parent=bucket),
            )
        )
        self._arn = bucket.arn
        # No client runs before it is private and encrypted.
        self._bucket = after(bucket.bucket, parts)
        self.register_outputs({"bucket": bucket.bucket})

    def link(self, access: BucketAccess) -> Link:
        """For a client that reads objects, or also writes and deletes them."""
        objects = pulumi.Output.concat(self._arn, "/*")
        use, key = ["s3:GetObject"], ["kms:Decrypt"]
        if access == "read-write":
            use += ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts"]
            use += ["s3:PutObject"]
            key.append("kms:GenerateDataKey")
        return Link(
            self._name,
            environment={bucket_variable(self._args.bucket): self._bucket},
            statements=[
                iam.allow(["s3:ListBucket"], [self._arn]),
                iam.allow(use, [objects]),
                iam.allow(key, [self._args.key_arn]),
            ],
        )

    def _encryption(self, bucket: aws.s3.Bucket) -> list[pulumi.Resource]:
        """S3 derives a key of the bucket's from the stack's, and so calls KMS less often."""
        rule: aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict = {
            "apply_server_side_encryption_by_default": {
                "sse_algorithm": "aws:kms",
                "kms_master_key_id": self._args.key_arn,
            },
            "bucket_key_enabled": True,
        }
        encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            self._name,
            bucket=bucket.id,
            rules=[rule],
            opts=pulumi.ResourceOptions(parent=bucket),
        )
        return [encryption]

    def _lifecycle(self, bucket: aws.s3.Bucket) -> list[pulumi.Resource]:
        """S3 keeps the versions of a bucket whose versioning is suspended, which then expire."""
        settings = self._args.settings
        opts = pulumi.ResourceOptions(parent=bucket)
        versioning = aws.s3.BucketVersioning(
            self._name,
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled" if settings.versioning else "Suspended"},
            opts=opts,
        )
        rules: list[aws.s3.BucketLifecycleConfigurationRuleArgsDict] = [
            {
                "id": "clean-up",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "abort_incomplete_multipart_upload": {
                    "days_after_initiation": UNFINISHED_UPLOAD_DAYS
                },
                "noncurrent_version_expiration": {"noncurrent_days": settings.noncurrent_days},
            }
        ]
        if settings.expire_days:
            rules.append(
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": settings.expire_days},
                }
            )
        lifecycle = aws.s3.BucketLifecycleConfiguration(
            self._name, bucket=bucket.id, rules=rules, opts=opts
        )
        return [versioning, lifecycle]

    def _cors(self, bucket: aws.s3.Bucket, cors: Cors) -> pulumi.Resource:
        return aws.s3.BucketCorsConfiguration(
            self._name,
            bucket=bucket.id,
            cors_rules=[
                {
                    "allowed_origins": list(cors.origins),
                    "allowed_methods": list(cors.methods),
                    "allowed_headers": list(cors.headers),
                    "expose_headers": list(cors.expose_headers),
                    "max_age_seconds": cors.max_age_seconds,
                }
            ],
            opts=pulumi.ResourceOptions(parent=bucket),
        )
