"""Asks AWS for the quotas that the stacks need above those of a new account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class Quota:
    """A quota of Service Quotas by its codes."""

    service: str
    code: str


# By the key of plataforma:quotas. Source: AWS General Reference, "Service endpoints and quotas".
QUOTAS: Mapping[str, Quota] = {
    "fargate-on-demand-vcpus": Quota("fargate", "L-3032A538"),
    "fargate-spot-vcpus": Quota("fargate", "L-36FBB829"),
    "elastic-ips": Quota("ec2", "L-0263D0A3"),
}


def request_quotas(wanted: Mapping[str, int], opts: pulumi.ResourceOptions) -> None:
    """Makes: servicequotas.ServiceQuota for each. AWS answers in minutes to days; its deletion
    lowers nothing."""
    for name, value in wanted.items():
        quota = QUOTAS[name]
        aws.servicequotas.ServiceQuota(
            name, service_code=quota.service, quota_code=quota.code, value=value, opts=opts
        )
