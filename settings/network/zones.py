"""Which hosted zone holds a host's records."""

from __future__ import annotations

from collections.abc import Iterable


def further_zone(host: str, names: Iterable[str]) -> str | None:
    """Of the zones `names` that one which holds `host`, the closest; None where that is the
    domain's."""
    holding = [name for name in names if host == name or host.endswith(f".{name}")]
    return max(holding, key=len, default=None)
