"""The AWS provider of a stack."""

from __future__ import annotations

import pulumi_aws as aws

from components.shared.context import Context


def aws_provider(context: Context) -> aws.Provider:
    """A provider for one region and one account, with default tags."""
    return aws.Provider(
        "aws",
        region=context.region,
        allowed_account_ids=[context.account],
        default_tags=aws.ProviderDefaultTagsArgs(
            tags={
                **context.tags,
                "Environment": context.names.environment,
                "ManagedBy": "pulumi",
                "Project": context.names.project,
            }
        ),
    )
