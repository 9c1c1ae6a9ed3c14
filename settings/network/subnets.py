"""How the VPC's range is divided: each zone an equal block, and in it a half for private, a quarter
for public and an eighth for isolated subnets; the last eighth stays free."""

from __future__ import annotations

import math

SMALLEST_PUBLIC_PREFIX = 27  # an ALB's subnet: /27 with eight free addresses ("Create an ALB")


def zone_prefix(vpc_prefix: int, azs: int) -> int:
    """Prefix length of one zone's block."""
    return vpc_prefix + math.ceil(math.log2(azs))


def subnet_prefixes(vpc_prefix: int, azs: int) -> dict[str, int]:
    """Prefix length by subnet type, as awsx names the types, the largest first."""
    zone = zone_prefix(vpc_prefix, azs)
    return {"Private": zone + 1, "Public": zone + 2, "Isolated": zone + 3}


def longest_vpc_prefix(azs: int) -> int:
    """The smallest VPC, as a prefix length, whose subnets are all large enough."""
    return SMALLEST_PUBLIC_PREFIX - (zone_prefix(0, azs) + 2)
