"""Numbers of things in words."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """`1 task`, `3 tasks`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
