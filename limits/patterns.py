"""AWS's regular expressions, which are Java's, as Python's."""

from __future__ import annotations

import re

# Java's classes of characters (java.util.regex.Pattern), as the inside of one of Python's.
CLASSES = {
    "ASCII": r"\x00-\x7f",
    "Alnum": "A-Za-z0-9",
    "Alpha": "A-Za-z",
    "Digit": "0-9",
    "Graph": r"\x21-\x7e",
    "Print": r"\x20-\x7e",
}
_CLASS = re.compile(r"\\p\{(\w+)\}")
# Ranges between halves of a UTF-16 pair: to Python they are no characters.
_SURROGATES = re.compile(r"(\\u[dD][89a-fA-F][0-9a-fA-F]{2}-?)+")


class NotTranslatedError(ValueError):
    """The expression says what Python's cannot."""


def python(pattern: str) -> str:
    """Python's form of an expression of an API model, to be matched whole, ASCII alone.

    Errors: NotTranslatedError.
    """
    translated = _SURROGATES.sub(_range, pattern)
    translated = _CLASS.sub(lambda found: _class(found, translated), translated)
    if "&&" in translated or r"\p" in translated or r"\P" in translated:
        raise NotTranslatedError(pattern)
    try:
        re.compile(translated, re.ASCII)
    except re.error as error:
        raise NotTranslatedError(f"{pattern}: {error}") from None
    return translated


def _range(found: re.Match[str]) -> str:
    """All characters above U+FFFF, for which the halves stand; a single half ends a range."""
    text = found.group()
    return text if len(text) == 6 else r"\U00010000-\U0010ffff"


def _class(found: re.Match[str], pattern: str) -> str:
    inside = CLASSES.get(found.group(1))
    if inside is None:
        raise NotTranslatedError(pattern)
    before = re.sub(r"\\.", "", pattern[: found.start()])
    return inside if before.count("[") > before.count("]") else f"[{inside}]"
