"""Text of others in GitHub's Markdown, inert: no mention, no link, no HTML, no line of its own."""

from __future__ import annotations

import html
import re

LONGEST_NAME = 120
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\s]+")


def code(text: str, longest: int = LONGEST_NAME) -> str:
    """A code span, in which GitHub renders nothing."""
    plain = shortened(text, longest).replace("`", "'")
    return f"`{plain}`" if plain else "`?`"


def in_html(text: str, longest: int = LONGEST_NAME) -> str:
    """For the inside of an HTML block, where Markdown is not read: a summary."""
    escaped = html.escape(shortened(text, longest)).replace("`", "&#96;")
    return f"<code>{escaped}</code>"


def cell(text: str) -> str:
    """Text escaped for a cell of a Markdown table."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return escaped.replace("\n", " ").replace("`", "'")


def shortened(text: str, longest: int) -> str:
    one_line = _CONTROLS.sub(" ", text).strip()
    return one_line if len(one_line) <= longest else f"{one_line[: longest - 1]}…"
