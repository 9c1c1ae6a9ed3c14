"""The network section of the stack config."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from settings.network import subnets
from settings.problems import Problem, listed, repeated
from settings.section import Ipv4Range, RetentionDays, Section

SubnetIds = Annotated[
    tuple[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8,17}$")], ...],
    Field(min_length=2, description="Ids of subnets in two zones or more, e.g. [subnet-0a1b2c3d]."),
]


class ExistingNetwork(Section):
    """A VPC that someone else makes and keeps, e.g. another stack of this project."""

    vpc_id: str = Field(pattern=r"^vpc-[0-9a-f]{8,17}$", description="The VPC, e.g. vpc-0a1b2c3d.")
    public_subnet_ids: SubnetIds
    private_subnet_ids: SubnetIds
    isolated_subnet_ids: SubnetIds

    def problems(self) -> Iterator[Problem]:
        """In an isolated subnet nothing reaches the internet, in a public one everything does."""
        roles = ("public_subnet_ids", "private_subnet_ids", "isolated_subnet_ids")
        owner = dict[str, str]()
        for role in roles:
            key = ExistingNetwork.model_fields[role].alias or role
            ids: tuple[str, ...] = getattr(self, role)
            shared = sorted(one for one in set(ids) if owner.setdefault(one, key) != key)
            if shared:
                yield Problem(key, f"{listed(shared)} is also in {owner[shared[0]]}: give others.")
            for one in repeated(ids):
                yield Problem(key, f"{one} is listed twice.")


class NetworkSettings(Section):
    """The VPC: address range, zones, ways out."""

    cidr: Ipv4Range = Field(
        default="10.0.0.0/16",
        description="Private IPv4 range of the VPC, /16 to /23 (three zones), e.g. 10.20.0.0/16.",
    )
    azs: int = Field(default=3, ge=2, le=4, description="Availability Zones, 2 to 4.")
    nat: Literal["none", "single", "per-az"] = Field(
        default="single",
        description="NAT gateways: none (tasks get public addresses), single, or per-az.",
    )
    endpoints: tuple[
        Literal[
            "ecr.api",
            "ecr.dkr",
            "ecs",
            "kms",
            "logs",
            "monitoring",
            "secretsmanager",
            "sns",
            "sqs",
            "ssm",
            "ssmmessages",
            "sts",
            "xray",
        ],
        ...,
    ] = Field(
        default=(),
        description="Interface endpoints by service, e.g. [logs, secretsmanager]; S3 always has a "
        "gateway endpoint.",
    )
    flow_log_retention_days: RetentionDays = 30
    existing: ExistingNetwork | None = Field(
        default=None,
        description="A VPC to use instead of a new one; cidr and nat then describe it, and "
        "azs, endpoints and flowLogRetentionDays are its owner's.",
    )

    def problems(self) -> Iterator[Problem]:
        yield from _keys_of_the_owner(self)
        yield from _range(self)


def _keys_of_the_owner(network: NetworkSettings) -> Iterator[Problem]:
    if network.existing is None:
        return
    for name in ("azs", "endpoints", "flow_log_retention_days"):
        if name in network.model_fields_set:
            text = "is decided by the owner of the existing VPC. Remove it here."
            yield Problem(NetworkSettings.model_fields[name].alias or name, text)


def _range(network: NetworkSettings) -> Iterator[Problem]:
    block = ipaddress.IPv4Network(network.cidr)
    if not block.is_private:
        yield Problem("cidr", f"{block} is not a private range (RFC 1918).")
    if network.existing:
        return
    longest = subnets.longest_vpc_prefix(network.azs)
    if not 16 <= block.prefixlen <= longest:
        text = f"/{block.prefixlen} does not fit: {network.azs} zones need /16 to /{longest}."
        yield Problem("cidr", text)
