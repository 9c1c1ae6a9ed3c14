"""What every component of one stack shares."""

from __future__ import annotations

from dataclasses import dataclass

from components.naming import Names


@dataclass(frozen=True)
class Context:
    """Where the stack lives: names, region, account, partition (aws, aws-cn, aws-us-gov)."""

    names: Names
    region: str
    account: str
    partition: str
    is_production: bool

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource in this account, e.g. arn("ssm", "parameter/x")."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
