"""Writes limits/aws.json from botocore's service models: `make limits`.

The rows are those of each property in the plans of both stack files, of the variants and of the
account; a property that no call takes stops it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import botocore

from limits import mapping, models
from limits.table import FILE
from tests.limits.plans import properties_by_type


def rendered() -> str:
    """The table: one line a property."""
    types = {token: dict(_rows(token, paths)) for token, paths in properties_by_type().items()}
    dropped = sorted(
        {row.pop("dropped") for rows in types.values() for row in rows.values() if "dropped" in row}
    )
    lines = [
        "{",
        '"note": "Written by `make limits` from the service models of botocore.",',
        f'"botocore": {json.dumps(botocore.__version__)},',
        f'"patterns left out, which Python cannot say": {json.dumps(dropped)},',
        '"types": {',
        ",\n".join(_type(token, rows) for token, rows in sorted(types.items()) if rows),
        "}}",
    ]
    return "\n".join(lines) + "\n"


def _rows(token: str, paths: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(paths):
        if not (
            path in mapping.NEVER_SENT
            or path in mapping.NOT_SENT.get(token, ())
            or path in mapping.ATTRIBUTES.get(token, ())
        ):
            yield path, models.row(token, path)


def _type(token: str, rows: dict[str, dict[str, Any]]) -> str:
    lines = ",\n".join(f"  {json.dumps(path)}: {json.dumps(row)}" for path, row in rows.items())
    return f"{json.dumps(token)}: {{\n{lines}\n}}"


def main() -> int:
    FILE.write_text(rendered(), encoding="utf-8")
    print(f"wrote {FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
