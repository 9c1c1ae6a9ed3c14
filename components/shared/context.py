"""What all components of a stack have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from settings.naming import Names


@dataclass(frozen=True)
class Context:
    """The stack's names, region, account and partition (aws, aws-cn, aws-us-gov), and the name of
    the IAM policy that is its roles' permissions boundary, and the tags of its resources besides
    those that it gives itself."""

    names: Names
    region: str
    account: str
    partition: str
    is_production: bool
    permissions_boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def permissions_boundary_arn(self) -> str | None:
        if self.permissions_boundary is None:
            return None
        return f"arn:{self.partition}:iam::{self.account}:policy/{self.permissions_boundary}"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource in this account, e.g. arn("ssm", "parameter/x")."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
