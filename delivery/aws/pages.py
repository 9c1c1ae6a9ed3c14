"""All pages of a list call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def pages(call: Callable[..., Mapping[str, Any]], key: str, **given: Any) -> Iterator[Any]:
    """Items under `key`, page after page; asks for the next page only when it is wanted."""
    token: str | None = None
    while True:
        answer = call(**given, **({"nextToken": token} if token else {}))
        yield from answer.get(key) or ()
        token = answer.get("nextToken")
        if not token:
            return


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Items in groups as long as a call takes."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
