"""No attempt to reach another environment by making roles, passing roles, tags or boundaries
succeeds; the same steps on one's own environment do."""

from __future__ import annotations

import pytest

from tests.bootstrap.isolation.escalation import PRIZES, Attempt, attempts, made, prizes
from tests.bootstrap.isolation.makers import MAKERS, own_boundary

VICTIMS = [
    (maker, victim)
    for maker in MAKERS
    for victim in ("staging", "prod", "pr8")
    if victim != MAKERS[maker]
]
SAME_ROLE = ("ephemeral", "pr8")
"""One role makes the stacks of all pull requests: it reaches each of them."""


def through(maker: str, victim: str) -> list[str]:
    return [one.name for one in attempts(maker, victim) if one.succeeds()]


@pytest.mark.parametrize(("maker", "victim"), [pair for pair in VICTIMS if pair != SAME_ROLE])
def test_no_attempt_on_another_environment_succeeds(maker: str, victim: str):
    tried = attempts(maker, victim)
    assert len({one.name for one in tried}) == len(tried) > 300
    assert through(maker, victim) == []


@pytest.mark.parametrize("maker", MAKERS)
def test_each_end_of_an_attempt_is_reached_on_ones_own_environment(maker: str):
    own, environment = own_boundary(maker), MAKERS[maker]
    found = prizes(environment)
    assert len(found) == len(PRIZES)
    missed = [
        prize.resource
        for prize in found
        if not Attempt("own", maker, made(maker, own), (prize,), own, environment).succeeds()
    ]
    assert missed == [one for one in missed if "acme-plataforma-state" in one]
