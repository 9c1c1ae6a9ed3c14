"""The VPC of another stack, in the form of the setting network.existing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from delivery.aws.clients import Aws
from delivery.shared.errors import DeliveryError

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, SubnetTypeDef

SUBNET_TYPES = {
    "publicSubnetIds": "Public",
    "privateSubnetIds": "Private",
    "isolatedSubnetIds": "Isolated",
}
"""The value of the tag SubnetType, which awsx sets, by key of network.existing."""


def network_of(aws: Aws, project: str, environment: str) -> dict[str, str | list[str]]:
    """Finds the VPC by the tags that the program sets on all its resources.

    Errors: DeliveryError unless exactly one VPC has them.
    """
    tags = [_filter("tag:Project", project), _filter("tag:Environment", environment)]
    found = [vpc.get("VpcId", "") for vpc in aws.ec2.describe_vpcs(Filters=tags)["Vpcs"]]
    if len(found) != 1:
        ids = ", ".join(found) or "none"
        raise DeliveryError(
            f"the VPC of {environment} is the one tagged Project={project} and "
            f"Environment={environment}; found {ids}. Deploy {environment} first, or fix "
            "`from` in infra/pull-request.yml."
        )
    pages = aws.ec2.get_paginator("describe_subnets").paginate(
        Filters=[_filter("vpc-id", found[0])]
    )
    subnets = [subnet for page in pages for subnet in page["Subnets"]]
    return {"vpcId": found[0], **{key: _ids(subnets, type_) for key, type_ in SUBNET_TYPES.items()}}


def _filter(name: str, value: str) -> FilterTypeDef:
    return {"Name": name, "Values": [value]}


def _ids(subnets: Sequence[SubnetTypeDef], subnet_type: str) -> list[str]:
    """Sorted by availability zone, so that every run gives the same order."""
    tag = {"Key": "SubnetType", "Value": subnet_type}
    keyed = [
        (subnet.get("AvailabilityZone", ""), subnet.get("SubnetId", ""))
        for subnet in subnets
        if tag in subnet.get("Tags", ())
    ]
    return [subnet_id for _, subnet_id in sorted(keyed)]
