"""One property's limit, and how a value breaks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

MASK = "[secret]"
"""What stands in a plan for a secret value."""
LONG = 1000


@dataclass(frozen=True)
class Limit:
    """What AWS accepts as the value of a property.

    `least` and `most` count a text's characters (bytes with `in_bytes`; white space apart with
    `without_space`), a list's or map's entries, or are the range of a number. `source`: the API
    call and its member, or a page of AWS's documentation. `secret`: the value is never shown.
    `check` says what is wrong with a value that has a form of its own, such as a cron expression.
    """

    source: str
    least: float | None = None
    most: float | None = None
    pattern: str = ""
    allowed: tuple[str, ...] = ()
    number: bool = False
    in_bytes: bool = False
    without_space: bool = False
    secret: bool = False
    check: Callable[[str], str] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether AWS states nothing that a value could break."""
        bounds = self.least is not None or self.most is not None
        return not (bounds or self.pattern or self.allowed or self.check)

    def problem(self, value: Any) -> str:
        """What is wrong with a value; empty where nothing is, or where it is not known."""
        if isinstance(value, bool) or value == MASK:
            return ""
        if isinstance(value, list | Mapping):
            size = len(value)
            return "" if self._within(size) else f"has {size} entries, not {self._range()}"
        if isinstance(value, str) and "${" in value:
            return self._document(value)
        return self._number(value) if self.number else self._text(_shown(value))

    def _number(self, value: Any) -> str:
        try:
            number = float(value)
        except ValueError:
            return "is no number"
        return "" if self._within(number) else f"is not {self._range()}"

    def _document(self, text: str) -> str:
        """Of a text with unknown parts, the size, which the known values will not make smaller."""
        if self.most is None or self.most < LONG or self.number:
            return ""
        return self._size(text) if self._sized(text) > self.most else ""

    def _text(self, text: str) -> str:
        if wrong := self._size(text):
            return wrong
        if self.allowed and text not in self.allowed:
            return f"is none of {', '.join(self.allowed)}"
        if self.pattern and not _compiled(self.pattern).fullmatch(text):
            return f"does not match {self.pattern}"
        return self.check(text) if self.check else ""

    def _size(self, text: str) -> str:
        size = self._sized(text)
        unit = "bytes" if self.in_bytes else "characters"
        return "" if self._within(size) else f"has {size} {unit}, not {self._range()}"

    def _sized(self, text: str) -> int:
        if self.in_bytes:
            return len(text.encode())
        return len(re.sub(r"\s", "", text)) if self.without_space else len(text)

    def _within(self, size: float) -> bool:
        over = self.most is not None and size > self.most
        return not over and (self.least is None or size >= self.least)

    def _range(self) -> str:
        if self.least is None:
            return f"{self.most:.10g} at most"
        if self.most is None:
            return f"{self.least:.10g} at least"
        return f"{self.least:.10g} to {self.most:.10g}"


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)
