"""What a planned stack costs a month."""

from __future__ import annotations

from collections.abc import Iterator

from prices.estimate import Estimate, estimate
from prices.report import render_lines
from simulation.plan import Plan


def estimate_of(plan: Plan, *, with_usage_of: Plan | None = None) -> Estimate:
    """The price of what the stack has after the plan. `with_usage_of`: the plan whose assumptions
    count, so that the difference of two plans is that of their resources."""
    there = [resource for resource in plan.resources if resource.operation != "delete"]
    return estimate(there, (with_usage_of or plan).outputs)


def price_lines(plan: Plan, before: Plan | None = None) -> Iterator[str]:
    """For people; with the change where there is a plan of `before`."""
    old = estimate_of(before, with_usage_of=plan) if before else None
    return render_lines(estimate_of(plan), old)
