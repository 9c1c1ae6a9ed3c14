"""JSON files that a command writes and another one reads."""

from __future__ import annotations

import json
from pathlib import Path

from delivery.shared.errors import InputError


def read_json(path: Path, source: str) -> object:
    """The JSON of a file that the command `source` wrote.

    Errors: InputError for a file that cannot be read, is empty or is not JSON.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}. `{source}` writes it.") from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        problem = "is empty" if not text.strip() else f"is not JSON ({error})"
        raise InputError(f"{path} {problem}. Check the output of `{source}`.") from None
