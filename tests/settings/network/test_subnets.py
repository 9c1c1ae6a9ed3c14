from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from settings.network import subnets


@given(azs=st.integers(2, 4), data=st.data())
def test_subnets_of_every_allowed_vpc_fit_and_leave_room_for_a_load_balancer(
    azs: int, data: st.DataObject
):
    prefix = data.draw(st.integers(16, subnets.longest_vpc_prefix(azs)))
    result = subnets.subnet_prefixes(prefix, azs)
    zone = ipaddress.IPv4Network(f"10.0.0.0/{subnets.zone_prefix(prefix, azs)}")
    assert zone.num_addresses * azs <= 2 ** (32 - prefix)
    assert sum(2 ** (32 - mask) for mask in result.values()) <= zone.num_addresses
    assert max(result.values()) <= 28
    assert result["Public"] <= 27
