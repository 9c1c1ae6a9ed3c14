"""What a planned stack costs a month."""

from __future__ import annotations

from prices.estimate import Estimate, estimate
from prices.report import render_lines
from simulation.plan import Plan

LABEL = "Price: "


def estimate_of(plan: Plan) -> Estimate:
    """The price of what the stack has after the plan."""
    return estimate(plan.after, plan.outputs)


def estimates(plan: Plan) -> tuple[Estimate, Estimate | None]:
    """The price after the change and before it; None of a new stack. The assumptions are those
    after the change, so that the difference is that of the resources."""
    before = estimate(plan.before, plan.outputs) if plan.against else None
    return estimate_of(plan), before


def price_lines(plan: Plan, full: bool, width: int) -> list[str]:
    """For people: total and change, parts, what is unknown; `full` adds levers, assumptions."""
    lines = list(render_lines(*estimates(plan), full, width))
    return [lines[0].removeprefix(LABEL), *(line.removeprefix("  ") for line in lines[1:])]
