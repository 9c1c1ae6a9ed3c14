"""The AWS provider of a stack: one region, one allowed account, tags on everything."""

from __future__ import annotations

import pulumi_aws as aws

from components.shared.context import Context


def aws_provider(context: Context) -> aws.Provider:
    """A provider that refuses to work in any other account than the stack file's."""
    return aws.Provider(
        "aws",
        region=context.region,
        allowed_account_ids=[context.account],
        default_tags=aws.ProviderDefaultTagsArgs(
            tags={
                "Environment": context.names.environment,
                "ManagedBy": "pulumi",
                "Project": context.names.project,
            }
        ),
    )
