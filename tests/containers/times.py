"""Times as a container engine says them."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """A time of the engine's in UTC, with up to nine digits of a second: Python reads six. Docker
    leaves zeros at the end out (Go, time.RFC3339Nano)."""
    time, _, rest = text.partition(".")
    digits = rest[:6].rstrip("Z")
    return datetime.fromisoformat(f"{time.removesuffix('Z')}.{digits:0<6}").replace(tzinfo=UTC)
