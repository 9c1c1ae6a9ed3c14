"""The kinds that most limits are of."""

from __future__ import annotations

from limits.limit import Limit


def name(source: str, most: int, pattern: str = "") -> Limit:
    """A text of one character at least."""
    return Limit(source, least=1, most=most, pattern=pattern)


def in_range(source: str, least: float, most: float) -> Limit:
    return Limit(source, least=least, most=most, number=True)


def in_bytes(source: str, most: int, secret: bool = False) -> Limit:
    return Limit(source, most=most, in_bytes=True, secret=secret)
