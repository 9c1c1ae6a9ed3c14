"""The limits of every property that the program sends: aws.json and documented.py together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from limits.documented import DOCUMENTED, EVERY_TYPE
from limits.limit import Limit

FILE = Path(__file__).parent / "aws.json"


def limits_of(token: str, path: str) -> Iterator[Limit]:
    """The limits of a property; none where AWS states none, or where it is not in the table."""
    modelled = _modelled().get(token, {}).get(path)
    if modelled and not modelled.is_empty:
        yield modelled
    for documented in (DOCUMENTED.get(token, {}), EVERY_TYPE):
        if path in documented:
            yield documented[path]


def is_secret(token: str, path: str) -> bool:
    """Whether the value of a property must not be shown."""
    modelled = _modelled().get(token, {}).get(path)
    return bool(modelled and modelled.secret) or any(one.secret for one in limits_of(token, path))


def modelled_paths(token: str) -> frozenset[str]:
    """The properties of a type that a call of AWS's API is known to take."""
    return frozenset(_modelled().get(token, {}))


@cache
def types() -> tuple[str, ...]:
    """Every type with a limit."""
    return tuple(sorted({*_modelled(), *DOCUMENTED}))


@cache
def _modelled() -> Mapping[str, Mapping[str, Limit]]:
    content = json.loads(FILE.read_text(encoding="utf-8"))["types"]
    return {
        token: {path: _limit(row) for path, row in rows.items()} for token, rows in content.items()
    }


def _limit(row: dict[str, Any]) -> Limit:
    """A row as models.row() makes it."""
    return Limit(
        source=f"API model of {row['from']}",
        least=row.get("least"),
        most=row.get("most"),
        pattern=row.get("pattern", ""),
        allowed=tuple(row.get("allowed", ())),
        number=row.get("number", False),
        secret=row.get("secret", False),
    )
