"""Every type of the program has a rule, is free with a source, or is named as unknown."""

from __future__ import annotations

import pytest

from prices.estimate import RULES, estimate, is_known_type
from prices.price_list import free_types, table
from simulation.plan import PlannedResource
from simulation.report.price import estimate_of
from tests.support.variants import MODES, bootstrap_plan, plan_in, program_plans, types

USED = types(bootstrap_plan(), *program_plans())


def test_every_type_of_the_plans_is_priced_or_free():
    assert {token for token in USED if not is_known_type(token)} == set(), (
        "add a rule in prices/rules/, or its source to prices/free.yml"
    )


def test_no_rule_and_no_free_type_is_left_over():
    assert {*RULES, *free_types()} - USED == set()


def test_no_type_is_both_priced_and_free():
    assert set(RULES) & set(free_types()) == set()


@pytest.mark.parametrize("mode", MODES)
def test_the_rules_read_every_plan(mode: str):
    """A property that a rule can't read is unknown; none is of a plan that the program makes."""
    assert not [text for text in estimate_of(plan_in(mode)).unknown if "does not show" in text]


def test_a_type_without_a_rule_is_named_and_not_counted():
    queue = PlannedResource(type="aws:kinesis/stream:Stream", name="s", inputs={}, urn="u")
    found = estimate([queue], {})
    assert found.usd == 0
    assert found.unknown == (
        "aws:kinesis/stream:Stream: prices/rules has no rule for it (platform s)",
    )


def test_every_price_has_a_source_that_the_table_explains():
    prices = [price for region in table().prices.values() for price in region.values()]
    used = {price.source for price in prices} | {price.also for price in prices if price.also}
    assert used == set(table().sources)
    assert not [price for price in prices if price.source == price.also]


def test_no_price_is_zero():
    """A free thing is in free.yml with its source."""
    assert all(price.usd > 0 for prices in table().prices.values() for price in prices.values())
