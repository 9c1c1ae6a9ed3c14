"""The data that the replacement or deletion of a resource destroys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resource_types.data_loss import data_lost


def lost(type_: str, inputs: Mapping[str, Any], kept: bool = False) -> str:
    """The data that is lost with a resource. Empty where none is: it holds none, is a read replica,
    or is `kept` in the account when it leaves the stack."""
    return "" if kept else data_lost(type_, inputs)
