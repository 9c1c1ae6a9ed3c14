"""Reads YAML as the Pulumi CLI does, and refuses what it reads otherwise than people mean it.

The CLI (v3.260.0, sdk/go/common/encoding/marshal.go) uses gopkg.in/yaml.v3 v3.0.1: what unquoted
text becomes is in resolve.go there, which is YAML 1.2 but for numbers. Both read
tests/settings/yaml_cases.yml.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode

_TAG = "tag:yaml.org,2002:"
_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), "bool"),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), "null"),
    "<<": "merge",
}
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[0-9]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?([Tt ].*)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF|nan|NaN|NAN)")
_MERGE_CONFLICT = re.compile(r"^(<<<<<<<|>>>>>>>)( .*)?$", re.MULTILINE)
_LARGEST = 2**63 - 1
# What the parser says, and what to do about it.
_ADVICE = {
    "found character '\\t'": "a tab: indent with spaces",
    "mapping values are not allowed here": "a colon where no key can be: align the key with those "
    "above it, or put text that holds a colon in quotes",
    "expected <block end>": "not aligned with the lines above it: indent it as its neighbours are",
    "expected ',' or ']'": "a list is not closed: write [a, b]",
    "expected ',' or '}'": "a map is not closed: write {key: value}",
    "could not find expected ':'": "a key without a colon: write key: value",
    "found unexpected end of stream": "quotes, a list or a map are not closed",
    "found character '@'": "text that begins with @: put it in quotes",
    "found character '`'": "text that begins with `: put it in quotes",
    "found character '%'": "text that begins with %: put it in quotes",
    "but found another document": "--- begins a second document: a file holds one",
    "found undefined alias": "an alias (*) of an anchor (&) that does not stand above it; put text "
    "that begins with * in quotes",
}


class YamlError(Exception):
    """The text is no YAML, or YAML that is refused. The message begins with the line."""


def read(text: str) -> Any:
    """The content of a YAML text."""
    conflict = _MERGE_CONFLICT.search(text)
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        advice = "is left of a merge: keep one side, and delete git's marks"
        raise YamlError(f"line {line}: {conflict[0]} {advice}")
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise YamlError(where + _advice(error)) from None
    except yaml.YAMLError as error:
        raise YamlError(str(error)) from None


def _advice(error: yaml.MarkedYAMLError) -> str:
    said = str(error.problem)
    return next((advice for found, advice in _ADVICE.items() if found in said), said)


class _Loader(yaml.SafeLoader):
    def resolve(self, kind: type[Node], value: str | None, implicit: Any) -> str:
        if kind is ScalarNode and implicit[0]:
            return _TAG + _kind(value or "")
        return super().resolve(kind, value, (False, True))

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuses a key that is written twice, as the CLI does, and one that is no text."""
        written: dict[str, int] = {}
        for key, _ in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if key.tag not in (_TAG + "str", _TAG + "merge"):
                raise _refusal(key, f'a key is text: write "{name}"')
            if name in written:
                raise _refusal(key, f"{name} is written twice, first in line {written[name]}")
            written[name] = line
        return super().construct_mapping(node, deep)


def _kind(text: str) -> str:
    if text in _WORDS:
        return _WORDS[text]
    if _LEADING_ZERO.fullmatch(text):
        return "leading-zero"
    if _DATE.fullmatch(text):
        return "date"
    if _NO_NUMBER.fullmatch(text):
        return "no-number"
    digits = text.replace("_", "") if text[0] in "+-0123456789" else text
    if _INTEGER.fullmatch(digits):
        return "int"
    return "float" if _FLOAT.fullmatch(digits) else "str"


def _refusal(node: Node, problem: str) -> ConstructorError:
    return ConstructorError(None, None, problem, node.start_mark)


def _integer(_: _Loader, node: ScalarNode) -> int:
    value = int(node.value.replace("_", ""), 0)
    if abs(value) > _LARGEST:
        raise _refusal(node, f'{node.value} is too large for a number: write "{node.value}"')
    return value


def _float(_: _Loader, node: ScalarNode) -> float | int:
    """As JSON, in which the CLI hands it over: 17.0 is 17."""
    value = float(node.value.replace("_", ""))
    return int(value) if value.is_integer() else value


def _refused(_: _Loader, node: ScalarNode) -> None:
    reason = {
        "leading-zero": "unquoted digits after a 0 are another number",
        "date": "an unquoted date is changed into a time",
        "no-number": "no number of a config",
        "merge": "only a key can be <<",
    }[node.tag.removeprefix(_TAG)]
    raise _refusal(node, f'{reason}: write "{node.value}"')


def _unknown_tag(_loader: _Loader, _suffix: str, node: Node) -> None:
    tag = str(node.tag).replace(_TAG, "!!")
    raise _refusal(node, f"{tag} is not read here: write the value without it")


for _name in ("leading-zero", "date", "no-number", "merge"):
    _Loader.add_constructor(_TAG + _name, _refused)
_Loader.add_constructor(_TAG + "int", _integer)
_Loader.add_constructor(_TAG + "float", _float)
for _name in ("binary", "timestamp", "omap", "pairs", "set"):
    del _Loader.yaml_constructors[_TAG + _name]
_Loader.add_multi_constructor("", _unknown_tag)
