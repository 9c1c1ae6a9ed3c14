"""The VPC of another stack, in the form of the setting network.existing."""

from __future__ import annotations

from delivery.aws.clients import Aws
from delivery.aws.ec2 import Filter, Subnet
from delivery.shared.errors import DeliveryError

KINDS = {
    "publicSubnetIds": "Public",
    "privateSubnetIds": "Private",
    "isolatedSubnetIds": "Isolated",
}
"""The tag SubnetType that awsx gives, by key."""


def network_of(aws: Aws, project: str, environment: str) -> dict[str, str | list[str]]:
    """By the tags that the program puts on all it makes.

    Errors: DeliveryError where there is no such VPC, or more than one.
    """
    tags = [_where("tag:Project", project), _where("tag:Environment", environment)]
    found = [vpc["VpcId"] for vpc in aws.ec2.describe_vpcs(Filters=tags)["Vpcs"]]
    if len(found) != 1:
        what = ", ".join(found) or "none"
        raise DeliveryError(
            f"the VPC of {environment} is the one tagged Project={project} and "
            f"Environment={environment}; found {what}. Bring {environment} up first, or mend "
            "`from` in infra/pull-request.yml."
        )
    subnets = aws.ec2.describe_subnets(Filters=[_where("vpc-id", found[0])])["Subnets"]
    return {"vpcId": found[0], **{key: _ids(subnets, kind) for key, kind in KINDS.items()}}


def _where(name: str, value: str) -> Filter:
    return {"Name": name, "Values": [value]}


def _ids(subnets: list[Subnet], kind: str) -> list[str]:
    """In the order of their zones, so that no run differs from another."""
    tag = {"Key": "SubnetType", "Value": kind}
    of_kind = [subnet for subnet in subnets if tag in subnet.get("Tags", ())]
    ordered = sorted(of_kind, key=lambda subnet: (subnet["AvailabilityZone"], subnet["SubnetId"]))
    return [subnet["SubnetId"] for subnet in ordered]
