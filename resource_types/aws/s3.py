"""Buckets (S3)."""

from __future__ import annotations

from resource_types.model import DataStore, ResourceType, Service
from resource_types.refusals import Undeletable, taken
from resource_types.scope import scope

TYPES = (
    ResourceType(
        "aws:s3/bucket:Bucket",
        read=(
            "s3: ListBucket GetBucketLocation GetBucketTagging GetBucketAcl GetBucketCORS "
            "GetBucketLogging GetBucketWebsite GetBucketRequestPayment GetBucketPolicy "
            "GetBucketObjectLockConfiguration GetAccelerateConfiguration "
            "GetLifecycleConfiguration GetReplicationConfiguration GetEncryptionConfiguration "
            "GetBucketVersioning ListTagsForResource"
        ),
        write=(
            "s3: CreateBucket DeleteBucket PutBucketTagging TagResource UntagResource "
            "ListBucketVersions DeleteObject DeleteObjectVersion"
        ),
        replace_on_changes="bucket bucketPrefix objectLockEnabled",
        id="{name}",
        outputs={
            "arn": "arn:{partition}:s3:::{name}",
            "bucketDomainName": "{name}.s3.amazonaws.com",
            "bucketRegion": "{region}",
            "bucketRegionalDomainName": "{name}.s3.{region}.amazonaws.com",
            "hostedZoneId": "Z{hex12}",
        },
        name_property="bucket",
        data=DataStore("the bucket and its objects"),
        refusals=(
            taken(
                "bucket",
                "BucketAlreadyOwnedByYou: you already own the bucket {bucket}",
                "S3 API, CreateBucket",
            ),
            Undeletable(
                when=lambda p: not p.get("forceDestroy"),
                error="BucketNotEmpty: The bucket you tried to delete is not empty",
                source="S3 API, Error responses",
            ),
        ),
    ),
    ResourceType(
        "aws:s3/bucketPolicy:BucketPolicy",
        read="s3: GetBucketPolicy",
        write="s3: PutBucketPolicy DeleteBucketPolicy",
        replace_on_changes="bucket",
        id="{inputs[bucket]}",
    ),
    ResourceType(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        read="s3: GetBucketPublicAccessBlock",
        write="s3: PutBucketPublicAccessBlock",
        replace_on_changes="bucket",
        id="{inputs[bucket]}",
    ),
    ResourceType(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        read="s3: GetLifecycleConfiguration",
        write="s3: PutLifecycleConfiguration",
        replace_on_changes="bucket",
        id="{inputs[bucket]}",
    ),
    ResourceType(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        read="s3: GetEncryptionConfiguration",
        write="s3: PutEncryptionConfiguration",
        replace_on_changes="bucket",
        id="{inputs[bucket]}",
    ),
    ResourceType(
        "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
        read="s3: GetBucketCORS",
        write="s3: PutBucketCORS",
        replace_on_changes="bucket",
        id="{inputs[bucket]}",
    ),
    ResourceType(
        "aws:s3/bucketVersioning:BucketVersioning",
        read="s3: GetBucketVersioning",
        write="s3: PutBucketVersioning",
        replace_on_changes="bucket",
        id="{inputs[bucket]}",
    ),
)


SCOPES = (
    scope(r"s3: (?!DeleteObject)\w+", "s3:::{n}"),
    scope("s3: DeleteObject DeleteObjectVersion", "s3:::{n}/*"),
)
SERVICE = Service("data", TYPES, scopes=SCOPES)
