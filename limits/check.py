"""What a resource's properties break, of all that is known to AWS's limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from limits.paths import properties
from limits.table import is_secret, limits_of

SHOWN = 120


def problems(token: str, inputs: Mapping[str, Any], *, show_values: bool = True) -> Iterator[str]:
    """Each value that AWS refuses: the property, the value unless the table knows it as secret, the
    limit, and where AWS states it."""
    for path, place, value in properties(inputs):
        for limit in limits_of(token, path):
            if wrong := limit.problem(value):
                hidden = not show_values or is_secret(token, path)
                shown = "" if hidden else _shown(value)
                yield f"{place}{shown} {wrong} ({limit.source})"


def _shown(value: Any) -> str:
    if isinstance(value, list | Mapping):
        return ""
    text = repr(value)
    return f" {text}" if len(text) <= SHOWN else f" {text[:SHOWN]}..."
