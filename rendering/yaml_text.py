"""YAML as people write it: maps in their order, long expressions as blocks, no aliases."""

from __future__ import annotations

from typing import Any

import yaml


def as_yaml(content: dict[str, Any], width: int = 10_000) -> str:
    """YAML in the order given, expressions of several lines as blocks."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=width, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Writes a repeated map in full, not as a YAML alias."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
