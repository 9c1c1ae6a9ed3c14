"""SIMULATION, not AWS: refuses the values that AWS refuses when it is called."""

from __future__ import annotations

from limits.check import problems
from resource_types.model import Inputs
from simulation.wire import reveal


class RefusedError(ValueError):
    """AWS takes one of the values not. Only the property is named: a value may be secret."""


def check(token: str, inputs: Inputs) -> None:
    """Errors: RefusedError with every refused value."""
    refused = "; ".join(problems(token, reveal(inputs), show_values=False))
    if refused:
        raise RefusedError(f"SIMULATION, not AWS: {token}: {refused}")
