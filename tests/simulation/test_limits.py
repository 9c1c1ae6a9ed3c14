"""The simulated AWS refuses values that AWS refuses, and shows none of them."""

from __future__ import annotations

import pytest

from simulation import refusals
from simulation.refusals import RefusedError
from simulation.wire import secret

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"


def test_a_refused_creation_names_each_property_and_its_limit_but_no_value():
    inputs = {"authToken": secret("with_an_underscore"), "numCacheClusters": 9}
    with pytest.raises(RefusedError) as refused:
        refusals.judge_values(CACHE, inputs)
    message = str(refused.value)
    assert "authToken does not match [A-Za-z0-9!&#$^<>-]*" in message
    assert "numCacheClusters is not 1 to 6" in message
    assert "underscore" not in message


def test_what_aws_accepts_is_not_refused():
    refusals.judge_values(
        CACHE, {"authToken": secret("letters-and-digits-1"), "numCacheClusters": 2}
    )
