"""How a YAML file is indented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq


def indentation(content: CommentedMap) -> dict[str, int]:
    """The arguments of ruamel.yaml's YAML.indent for a file that was read: those of its first
    nested map and of its first list."""
    nested = list(_nested(content))
    maps = (value.lc.col - column for column, value in nested if isinstance(value, CommentedMap))
    mapping = next(maps, 2)
    lists = (
        (value.lc.item(0)[1] - column, value.lc.col - column)
        for column, value in nested
        if isinstance(value, CommentedSeq)
    )
    sequence, offset = next(lists, (mapping + 2, mapping))
    return {"mapping": mapping, "sequence": sequence, "offset": offset}


def _nested(content: CommentedMap) -> Iterator[tuple[int, CommentedMap | CommentedSeq]]:
    """The maps and lists in block style that are values of a map, with that map's column."""
    for value in content.values():
        if not _is_block(value):
            continue
        yield content.lc.col, value
        for inner in [value] if isinstance(value, CommentedMap) else value:
            if isinstance(inner, CommentedMap):
                yield from _nested(inner)


def _is_block(value: Any) -> bool:
    is_collection = isinstance(value, (CommentedMap, CommentedSeq)) and bool(value)
    return is_collection and not value.fa.flow_style()
