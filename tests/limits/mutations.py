"""Breaks each limit of each planned property once, and counts the broken values that the policy
rule refuses: `make mutate-limits`.

A mutant is a planned resource with one value changed: a text or list longer or shorter than the
limit, a number just outside the range, a value of no enumeration, a character that no pattern
takes, a form that is none.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from limits.limit import Limit
from limits.paths import DOCUMENTS, properties
from limits.table import limits_of
from policies.check import violations
from policies.rule import Resource
from tests.limits.plans import plans

# Characters of which each pattern refuses one, the likeliest first.
STRANGE = ("\x01", " ", "é", "☃", "-", "x" * 64, "arn:aws:iam::1:x")
RULE = "aws-limits"


@dataclass(frozen=True)
class Mutant:
    """A resource that breaks one limit."""

    what: str
    resource: Resource

    @property
    def is_refused(self) -> bool:
        return any(one.rule == RULE for one in violations([self.resource], "staging"))


def mutants() -> Iterator[Mutant]:
    seen: set[tuple[str, str]] = set()
    for plan in plans():
        for resource in plan.resources:
            if resource.custom and resource.type.startswith("aws:"):
                yield from _of(resource, seen)


def _of(resource: Resource, seen: set[tuple[str, str]]) -> Iterator[Mutant]:
    for path, place, value in properties(resource.inputs):
        if (resource.type, path) in seen:
            continue
        seen.add((resource.type, path))
        for limit in limits_of(resource.type, path):
            for facet, broken in _broken(limit, value):
                inputs = _with(resource.inputs, place, broken)
                what = f"{resource.type} {place}: {facet} ({limit.source})"
                yield Mutant(what, Resource(resource.type, resource.name, inputs))


def _broken(limit: Limit, value: Any) -> Iterator[tuple[str, Any]]:
    """A value for each thing that the limit says, by its name."""
    if isinstance(value, list | dict):
        yield from _entries(limit, value)
    elif limit.number:
        if limit.most is not None:
            yield "most", limit.most + 1
        if limit.least is not None:
            yield "least", limit.least - 1
    elif not isinstance(value, bool):
        yield from _texts(limit, value)


def _entries(limit: Limit, value: Any) -> Iterator[tuple[str, Any]]:
    if limit.most is not None:
        count = int(limit.most) + 1
        if isinstance(value, dict):
            yield "most", {f"key-{number}": "value" for number in range(count)}
        elif value:
            yield "most", [value[0]] * count
    if limit.least:
        yield "least", value[: int(limit.least) - 1] if isinstance(value, list) else {}


def _texts(limit: Limit, value: Any) -> Iterator[tuple[str, Any]]:
    text = re.sub(r"\$\{[^}]*\}|\[secret\]", "known", str(value))
    if limit.most is not None:
        yield "most", "x" * (int(limit.most) + 1)
    if limit.least:
        yield "least", "x" * (int(limit.least) - 1)
    if limit.allowed:
        yield "allowed", f"{text}-none"
    if limit.pattern and (broken := _unlike(limit.pattern, text)):
        yield "pattern", broken
    if limit.check:
        yield "form", "none"


def _unlike(pattern: str, text: str) -> str:
    """A text that the pattern refuses; empty where it refuses nothing."""
    candidates = (
        mixed for strange in STRANGE for mixed in (text + strange, strange + text, strange)
    )
    matches = re.compile(pattern, re.ASCII).fullmatch
    return next((text for text in candidates if not matches(text)), "")


def _with(inputs: Any, place: str, value: Any) -> dict[str, Any]:
    """The inputs with another value at a place."""
    changed = copy.deepcopy(dict(inputs))
    for document in DOCUMENTS:
        if place != document and place.startswith(document):
            changed[document] = json.loads(changed[document])
            _set(changed, place, value)
            changed[document] = json.dumps(changed[document])
            return changed
    _set(changed, place, value)
    return changed


def _set(holder: Any, place: str, value: Any) -> None:
    *steps, last = _steps(holder, place)
    for step in steps:
        holder = holder[step]
    holder[last] = value


def _steps(holder: Any, place: str) -> list[str | int]:
    """The keys and indices of a place; a key may hold dots, as a label's does."""
    steps: list[str | int] = []
    rest, here = place, holder
    while rest:
        step: Any
        if isinstance(here, list):
            number, _, rest = rest[1:].partition("]")
            step = int(number)
        else:
            step = max((str(key) for key in here if rest.startswith(key)), key=len)
            rest = rest.removeprefix(step)
        steps.append(step)
        here, rest = here[step], rest.removeprefix(".")
    return steps


def main() -> int:
    tried = list(mutants())
    missed = [mutant.what for mutant in tried if not mutant.is_refused]
    print(f"{len(tried) - len(missed)} of {len(tried)} broken values are refused")
    for what in missed:
        print(f"not refused: {what}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
