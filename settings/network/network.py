"""The network section of the stack config."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from settings.section import RetentionDays, Section

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


class NetworkSettings(Section):
    """The VPC: address range, zones, ways out."""

    cidr: str = Field(
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
        description="A VPC to use in place of an own one; cidr and nat then say what it has, and "
        "azs, endpoints and flowLogRetentionDays are its owner's.",
    )
