"""The form of a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prices.charge import Charge, Planned
from prices.stack import Stack

Rule = Callable[[Planned, Stack], Iterator[Charge]]
"""What AWS bills for a resource of the stack."""
