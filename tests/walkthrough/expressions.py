"""GitHub's expressions, as far as this repository's workflows use them. Anything else is
an error: add it here when a workflow needs it.

Source: GitHub Docs, "Evaluate expressions in workflows and actions".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

Names = Mapping[str, Any]
"""The contexts (github, needs, ...) and, under `success`, `failure`, `cancelled`, whether so."""
Value = Callable[[Names], Any]

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<sign>&&|\|\||==|!=|[!()\[\].,*]))"
)
EMBEDDED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS = re.compile(r"\b(?:success|failure|cancelled|always)\s*\(")
CONSTANTS = {"true": True, "false": False, "null": None}


class ExpressionError(Exception):
    """An expression is wrong, or uses syntax that is not supported here."""


class _Filtered(list[Any]):
    """The value of `.*`: its property is the list of each item's property."""


def evaluate(text: str, names: Names) -> Any:
    """The value of an expression, with or without its `${{ }}`."""
    whole = EMBEDDED.fullmatch(text.strip())
    return _Parser(whole[1] if whole else text).whole()(names)


def condition(text: str | bool | None, names: Names) -> bool:
    """An `if:`. One without a status function holds only while nothing has failed."""
    if text is None:
        return bool(names["success"])
    text = str(text).lower() if isinstance(text, bool) else text
    asks = STATUS.search(text) is not None
    return (asks or bool(names["success"])) and truth(evaluate(text, names))


def filled(value: Any, names: Names) -> Any:
    """`value` with its expressions replaced, at any depth; one that is all of a text keeps its
    type."""
    if isinstance(value, Mapping):
        return {key: filled(item, names) for key, item in cast(Names, value).items()}
    if isinstance(value, list):
        return [filled(item, names) for item in cast(list[Any], value)]
    if not isinstance(value, str):
        return value
    if EMBEDDED.fullmatch(value.strip()) and value.count("${{") == 1:
        return evaluate(value, names)
    return EMBEDDED.sub(lambda found: as_text(evaluate(found[1], names)), value)


def truth(value: Any) -> bool:
    return isinstance(value, (Mapping, list)) or bool(value)


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (Mapping, list)):
        raise ExpressionError(f"a list or map stands where a text has to: {value}")
    return str(value)


class _Parser:
    """`a || b`, `a && b`, `a == b`, `!a`, `a.b[c]`, from the lowest to the highest precedence."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens = text.strip(), list(_tokens(text.strip()))

    def whole(self) -> Value:
        value = self._either()
        if self._tokens:
            raise self._unknown()
        return value

    def _either(self) -> Value:
        value = self._both()
        while self._take("||"):
            value = _or(value, self._both())
        return value

    def _both(self) -> Value:
        value = self._compared()
        while self._take("&&"):
            value = _and(value, self._compared())
        return value

    def _compared(self) -> Value:
        value = self._not()
        while sign := self._take("==", "!="):
            value = _equal(value, self._not(), wanted=sign == "==")
        return value

    def _not(self) -> Value:
        if self._take("!"):
            value = self._not()
            return lambda names: not truth(value(names))
        return self._reached()

    def _reached(self) -> Value:
        value = self._single()
        while sign := self._take(".", "["):
            if sign == "[":
                value = _item(value, self._either())
                self._must("]")
            elif self._take("*"):
                value = _every(value)
            else:
                value = _item(value, _constant(self._name()))
        return value

    def _single(self) -> Value:
        if self._take("("):
            value = self._either()
            self._must(")")
            return value
        if not self._tokens:
            raise self._unknown()
        kind, token = self._tokens.pop(0)
        if kind == "text":
            return _constant(token[1:-1].replace("''", "'"))
        if kind == "number":
            return _constant(json.loads(token))
        if kind == "name" and token in CONSTANTS:
            return _constant(CONSTANTS[token])
        if kind == "name" and self._take("("):
            return self._call(token)
        if kind == "name":
            return _context(token)
        raise ExpressionError(f"cannot read {self._text!r} at {token}")

    def _call(self, function: str) -> Value:
        arguments = list[Value]()
        while not self._take(")"):
            if arguments:
                self._must(",")
            arguments.append(self._either())
        if function not in FUNCTIONS:
            raise ExpressionError(f"function {function} is not known in {self._text!r}")
        return lambda names: FUNCTIONS[function](names, *(value(names) for value in arguments))

    def _take(self, *signs: str) -> str:
        if self._tokens and self._tokens[0][0] == "sign" and self._tokens[0][1] in signs:
            return self._tokens.pop(0)[1]
        return ""

    def _name(self) -> str:
        if not self._tokens or self._tokens[0][0] != "name":
            raise self._unknown()
        return self._tokens.pop(0)[1]

    def _must(self, sign: str) -> None:
        if not self._take(sign):
            raise self._unknown()

    def _unknown(self) -> ExpressionError:
        at = self._tokens[0][1] if self._tokens else "its end"
        return ExpressionError(f"cannot read {self._text!r} at {at}")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(f"cannot read {text!r} at {text[at : at + 10]!r}")
        kind = str(found.lastgroup)
        yield kind, found[kind]
        at = found.end()


def _constant(value: Any) -> Value:
    return lambda _: value


def _context(name: str) -> Value:
    def value(names: Names) -> Any:
        if name not in names:
            raise ExpressionError(f"there is no {name} here, only {', '.join(sorted(names))}")
        return names[name]

    return value


def _or(one: Value, other: Value) -> Value:
    return lambda names: value if truth(value := one(names)) else other(names)


def _and(one: Value, other: Value) -> Value:
    return lambda names: other(names) if truth(value := one(names)) else value


def _equal(one: Value, other: Value, *, wanted: bool) -> Value:
    return lambda names: (_loose(one(names)) == _loose(other(names))) is wanted


def _loose(value: Any) -> Any:
    """Texts are equal whatever their case; nothing else is converted here."""
    return value.casefold() if isinstance(value, str) else "" if value is None else value


def _item(value: Value, key: Value) -> Value:
    def item(names: Names) -> Any:
        holder, name = value(names), key(names)
        if isinstance(holder, _Filtered):
            return _Filtered(found for one in holder if (found := _of(one, name)) is not None)
        return _of(holder, name)

    return item


def _of(holder: Any, key: Any) -> Any:
    if isinstance(holder, Mapping):
        return cast(Names, holder).get(key)
    if isinstance(holder, list) and isinstance(key, int):
        items = cast(list[Any], holder)
        return items[key] if key < len(items) else None
    return None


def _every(value: Value) -> Value:
    def items(names: Names) -> Any:
        holder = value(names)
        return _Filtered(holder.values() if isinstance(holder, Mapping) else holder or ())

    return items


def _contains(_: Names, whole: Any, part: Any) -> bool:
    if isinstance(whole, list):
        return _loose(part) in [_loose(item) for item in cast(list[Any], whole)]
    return as_text(part).casefold() in as_text(whole).casefold()


def _format(_: Names, text: str, *arguments: Any) -> str:
    return re.sub(r"\{(\d+)\}", lambda found: as_text(arguments[int(found[1])]), text)


def _join(_: Names, items: Sequence[Any], between: str = ",") -> str:
    return between.join(map(as_text, items))


def _status(name: str) -> Callable[..., Any]:
    def holds(names: Names) -> Any:
        return names[name]

    return holds


def _always(_: Names) -> bool:
    return True


def _starts_with(_: Names, text: Any, start: Any) -> bool:
    return as_text(text).casefold().startswith(as_text(start).casefold())


def _from_json(_: Names, text: str) -> Any:
    return json.loads(text)


def _to_json(_: Names, value: Any) -> str:
    return json.dumps(value, indent=2)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "always": _always,
    "cancelled": _status("cancelled"),
    "contains": _contains,
    "failure": _status("failure"),
    "format": _format,
    "fromJSON": _from_json,
    "join": _join,
    "startsWith": _starts_with,
    "success": _status("success"),
    "toJSON": _to_json,
}
