"""The part of EC2's API that delivery calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired, Protocol, TypedDict


class Tag(TypedDict):
    Key: str
    Value: str


class Filter(TypedDict):
    Name: str
    Values: list[str]


class Vpc(TypedDict):
    VpcId: str


class Vpcs(TypedDict):
    Vpcs: list[Vpc]


class Subnet(TypedDict):
    SubnetId: str
    AvailabilityZone: str
    Tags: NotRequired[list[Tag]]


class Subnets(TypedDict):
    Subnets: list[Subnet]


class Ec2Api(Protocol):
    def describe_vpcs(self, *, Filters: Sequence[Filter]) -> Vpcs: ...

    def describe_subnets(self, *, Filters: Sequence[Filter]) -> Subnets: ...
