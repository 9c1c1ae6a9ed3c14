"""The secret in which RDS keeps a password that it manages."""

from __future__ import annotations

from typing import Any, cast

import pulumi
import pulumi_aws as aws


def managed_secret_arn(instance: aws.rds.Instance) -> pulumi.Output[str]:
    """Unknown in the preview of the update by which RDS begins to manage the password: the provider
    says of it what was so before, that there is no secret (terraform-provider-aws,
    internal/service/rds/instance.go, master_user_secret)."""
    return cast(pulumi.Output[Any], instance.master_user_secrets).apply(first_secret_arn)


def first_secret_arn(found: list[Any] | None) -> Any:
    if found:
        return found[0]["secret_arn"]
    if pulumi.runtime.is_dry_run():
        return pulumi.UNKNOWN
    raise pulumi.RunError("RDS has not made the secret of the database's password; deploy again.")
