"""On which resources, and on which condition, a pipeline's role may call an action."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

GLOBAL_REGION = "us-east-1"
"""Where the certificates, web ACLs and logs of CloudFront are."""
Condition = Literal[
    "attachable_policy",
    "first_tagging",
    "grant_for_aws_resource",
    "own_cluster",
    "own_database_secret",
    "own_dns_records",
    "pass_role",
    "permissions_boundary",
    "request_region",
    "request_region_or_global",
    "request_tags",
    "resource_tags",
    "resource_tags_via_service",
    "service_linked_role",
    "tagging_on_creation",
    "via_aws_service",
]
"""Their IAM conditions: bootstrap/access/conditions.py."""


@dataclass(frozen=True)
class Scope:
    """`actions` matches whole names, such as ec2:CreateVpc. `resources`: templates of ARNs without
    `arn:<partition>:`, in which {n} stands for the stack's names and {e} for its environment."""

    actions: re.Pattern[str]
    resources: tuple[str, ...]
    condition: Condition | None


def scope(actions: str, *resources: str, when: Condition | None = None) -> Scope:
    r"""`ec2: CreateVpc Describe\w+` on these resources; `:cluster/{n}` is short for an ARN of the
    same service in the stack's region and account."""
    service, _, names = actions.partition(":")
    pattern = re.compile(f"{service}:({'|'.join(names.split())})")
    full = (
        f"{service}:{{region}}:{{account}}{resource}" if resource.startswith(":") else resource
        for resource in resources
    )
    return Scope(pattern, tuple(full), when)
