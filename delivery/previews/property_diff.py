"""The properties that differ between two states of a resource, as a preview may show them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from delivery.previews.model import PropertyDiff
from delivery.previews.redaction import Redactor
from simulation.changes.differences import ABSENT, between, is_list

UNSET = "unset"
ONLY_FROM = "only from "
MOST_RANGES = 2


def diffs(
    old: Any, new: Any, type_: str, redactor: Redactor, path: str = ""
) -> Iterator[PropertyDiff]:
    """The differences, redacted. A container's variables are named in the path."""
    for where, before, after in between(old, new, path):
        yield PropertyDiff(
            where, *(_shown(value, where, type_, redactor) for value in (before, after))
        )


def _shown(value: Any, path: str, type_: str, redactor: Redactor) -> str | None:
    if value is ABSENT or value is None:
        return UNSET
    if isinstance(value, Mapping) and (said := _said(value)):
        # A reference is no secret, though its path has the name of one.
        return redactor.value(said, "", "")
    return redactor.value(_variable(value), path, type_)


def _said(value: Mapping[str, Any]) -> str:
    """What exists on one side only, in short: where a volume is mounted, which reference a secret
    is from, whom a listener rule answers. Empty of anything else."""
    if "containerPath" in value and "sourceVolume" in value:
        return str(value["containerPath"])
    if sorted(value) == ["name", "valueFrom"]:
        reference = str(value["valueFrom"])
        *_, name = reference.split(":", 5) if reference.startswith("arn:") else (reference,)
        return f"from {re.sub(r'[${}]', '', name).rstrip(':')}"
    addresses = (value.get("sourceIp") or {}).get("values") if len(value) == 1 else None
    return _addresses(addresses) if addresses else ""


def _addresses(ranges: Sequence[str]) -> str:
    more = f" and {len(ranges) - MOST_RANGES} more" if len(ranges) > MOST_RANGES else ""
    return f"{ONLY_FROM}{', '.join(ranges[:MOST_RANGES])}{more}"


def _variable(value: Any) -> Any:
    """The value of a variable that exists on one side only; its path holds the name."""
    if isinstance(value, Mapping) and sorted(map(str, value)) == ["name", "value"]:
        return value["value"]
    return value


def at(value: Any, path: str) -> Any:
    """The value at a path in Pulumi's form, `a.b[0]["c.d"]`; ABSENT where there is none."""
    for dotted, index, quoted in re.findall(r"([^.\[\]]+)|\[(\d+)\]|\[\"([^\"]*)\"\]", path):
        if index:
            in_range = is_list(value) and int(index) < len(value)
            value = value[int(index)] if in_range else ABSENT
        else:
            found = isinstance(value, Mapping)
            value = value.get(dotted or quoted, ABSENT) if found else ABSENT
    return value
