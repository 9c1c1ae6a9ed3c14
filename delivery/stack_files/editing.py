"""Changes YAML files in place. Comments, blank lines, quotes, the order of keys, indentation, CRLF
and an explicit start (---) stay.

ruamel.yaml normalises the rest, in the whole file: spaces around colons, commas and brackets and
at the end of lines, plain text and flow collections over several lines (to one line), nulls (to
nothing in block style, to `null` in flow style), escapes in double quotes (to their characters),
other indentation than that of the first nested map and list, and a missing line end after the last
line.
"""

from __future__ import annotations

import io
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark, StringMark
from ruamel.yaml.tokens import CommentToken

from delivery.stack_files.indentation import indentation

LONGEST_LINE = 100_000
"""No line is folded."""


HEAD = re.compile(r"(?:[ \t]*(?:#.*)?\n)*---[ \t]*(?:#.*)?\n|(?:[ \t]*\n)*")
"""What ruamel.yaml would not write again: all lines up to an explicit start, or blank lines."""


@contextmanager
def edited(path: Path) -> Generator[CommentedMap]:
    """The content of a YAML file that holds a map. It is written back at the end of the `with`
    block, unless that raises."""
    round_trip = YAML()
    round_trip.preserve_quotes = True
    round_trip.width = LONGEST_LINE
    text, line_end = _read(path)
    start = HEAD.match(text)
    head = start.group() if start else ""
    content: CommentedMap = round_trip.load(text[len(head) :])
    round_trip.indent(**indentation(content))
    _keep_single_spaces(content, text[len(head) :].split("\n"))
    yield content
    changed = io.StringIO()
    round_trip.dump(content, changed)
    path.write_text(head + changed.getvalue(), encoding="utf-8", newline=line_end)


def _read(path: Path) -> tuple[str, str]:
    """The text with LF line ends, and the line end that the file has."""
    text = path.read_bytes().decode("utf-8")
    return text.replace("\r\n", "\n"), "\r\n" if "\r\n" in text else "\n"


def yaml_text(content: Mapping[str, Any]) -> str:
    """A new YAML document. PyYAML quotes what readers of YAML 1.1 would take for a boolean."""
    return yaml.safe_dump(dict(content), sort_keys=False, width=LONGEST_LINE)


def remove(content: CommentedMap, key: str) -> None:
    """Deletes a key. The comments and blank lines around it stay, unless it was the only one."""
    keys = list(content)
    before = keys.index(key) - 1
    lines = _lines_above(content, key) + _take_lines_below(content, key)
    del content[key]
    content.ca.items.pop(key, None)
    if before >= 0:
        _add_lines_below(content, keys[before], lines)
    elif lines and content:
        _add_lines_above(content, keys[1], lines)


def append(content: CommentedMap, key: str, value: object) -> None:
    """Adds a key at the end, above the comments and blank lines that follow."""
    lines = _take_lines_below(content, list(content)[-1]) if content else ""
    content[key] = value
    _add_lines_below(content, key, lines)


def replace(content: CommentedMap, old: str, new: str, value: object) -> None:
    """Puts another key and value in the place of `old`, which may be the same."""
    if old == new:
        content[old] = value
        return
    content.insert(list(content).index(old), new, value)
    remove(content, old)


def rename(content: CommentedMap, old: str, new: str) -> None:
    """Gives a value another key, with the comments of the old one."""
    position, comments = list(content).index(old), content.ca.items.pop(old, None)
    content.insert(position, new, content.pop(old))
    if comments:
        content.ca.items[new] = comments


def _keep_single_spaces(content: CommentedMap | CommentedSeq, lines: Sequence[str]) -> None:
    """ruamel.yaml keeps a comment's column, so that a shorter value would put spaces before it.
    With column 0 there is one space."""
    for token in _tokens([content.ca.comment, *content.ca.items.values()]):
        mark = token.start_mark
        if isinstance(mark, StringMark) and re.search(r"\S $", lines[mark.line][: mark.column]):
            mark.column = 0
    for value in content.values() if isinstance(content, CommentedMap) else content:
        if isinstance(value, (CommentedMap, CommentedSeq)):
            _keep_single_spaces(value, lines)


def _tokens(found: Any) -> Iterator[CommentToken]:
    if isinstance(found, CommentToken):
        yield found
    elif isinstance(found, list):
        for one in cast(list[Any], found):
            yield from _tokens(one)


def _last_leaf(content: CommentedMap, key: str) -> tuple[CommentedMap | CommentedSeq, Any, int]:
    """Where ruamel.yaml keeps the comment that ends a value: the collection of the value's last
    leaf, that leaf's key or index, and the comment's place in the list of its comments."""
    holder: CommentedMap | CommentedSeq = content
    last: Any = key
    while True:
        value = holder[last]
        if not isinstance(value, (CommentedMap, CommentedSeq)) or not value:
            break
        if value.fa.flow_style():
            break
        holder, last = value, list(value)[-1] if isinstance(value, CommentedMap) else len(value) - 1
    return holder, last, 2 if isinstance(holder, CommentedMap) else 0


def _lines_above(content: CommentedMap, key: str) -> str:
    """The lines between the value before and this key, where ruamel.yaml has them with the key."""
    return _text((content.ca.items.get(key) or [None] * 4)[1] or [])


def _text(tokens: Sequence[CommentToken]) -> str:
    return "".join(
        " " * t.start_mark.column + t.value if t.value.strip() else t.value for t in tokens
    )


def _take_lines_below(content: CommentedMap, key: str) -> str:
    """Removes the lines between a value and the next key, and returns them. Where ruamel.yaml has
    them with the next key, there are none to take."""
    value = content[key]
    if isinstance(value, (CommentedMap, CommentedSeq)) and value.ca.end:
        lines = _text(value.ca.end)
        value.ca.end = []
        return lines
    holder, last, place = _last_leaf(content, key)
    token = (holder.ca.items.get(last) or [None] * 4)[place]
    if token is None:
        return ""
    own, _, lines = token.value.partition("\n")
    token.value = f"{own}\n"
    return lines


def _add_lines_below(content: CommentedMap, key: str, lines: str) -> None:
    if not lines:
        return
    value = content[key]
    if isinstance(value, (CommentedMap, CommentedSeq)) and value.ca.end:
        value.ca.end.append(CommentToken(lines, CommentMark(0), None))
        return
    holder, last, place = _last_leaf(content, key)
    tokens = holder.ca.items.setdefault(last, [None] * 4)
    if tokens[place] is None:
        tokens[place] = CommentToken(f"\n{lines}", CommentMark(0), None)
    else:
        tokens[place].value += lines


def _add_lines_above(content: CommentedMap, key: str, lines: str) -> None:
    tokens = content.ca.items.setdefault(key, [None] * 4)
    tokens[1] = [CommentToken(lines, CommentMark(0), None), *(tokens[1] or [])]
