"""Previews from files, whichever engine made them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from delivery.previews import cli, process
from delivery.previews.model import Preview
from delivery.previews.waits import waits_of
from delivery.shared.errors import InputError
from delivery.shared.json_file import read_json

MAKER = "pulumi preview --json, or python -m commands.preview --json"
DIGEST_KEYS = frozenset({"steps", "changeSummary", "diagnostics", "config", "duration"})


def read_previews(
    given: Sequence[str], bases: Sequence[str] = (), waits: Sequence[str] = ()
) -> list[Preview]:
    """Previews of FILE or STACK=FILE. `bases` are in-process previews of the same stacks to compare
    in-process previews with; `waits` are in-process previews or stack outputs that say how long
    services wait, where they know more than the preview.

    Errors: InputError with what is wrong with every file.
    """
    problems: list[str] = []
    before: dict[str, Any] = {}
    for item in bases:
        raw = _raw(item, problems)
        if raw is not None:
            before[_name(item) or str(raw.get("stack"))] = raw
    outputs: dict[str, Any] = {}
    for item in waits:
        raw = _raw(item, problems)
        if raw is not None:
            outputs[_name(item) or str(raw.get("stack"))] = raw.get("outputs", raw)
    previews = [_preview(item, before, problems) for item in given]
    if problems:
        raise InputError("\n".join(problems))
    return [_waiting(preview, outputs) for preview in previews if preview is not None]


def _waiting(preview: Preview, outputs: Mapping[str, Any]) -> Preview:
    known = outputs.get(preview.stack)
    if known is None:
        return preview
    return dataclasses.replace(preview, waits=waits_of(known, preview.changes))


def _preview(item: str, before: Mapping[str, Any], problems: list[str]) -> Preview | None:
    raw = _raw(item, problems)
    if raw is None:
        return None
    name = _name(item)
    try:
        if "simulation" in raw:
            return process.parse(raw, name, before.get(name or str(raw.get("stack"))))
        if raw and DIGEST_KEYS & raw.keys():
            return cli.parse(raw, name)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problems.append(f"{_file(item)}: {where}: {first['msg']}. It is not what {MAKER} prints.")
        return None
    problems.append(f"{_file(item)} holds no preview. It is not what {MAKER} prints.")
    return None


def _raw(item: str, problems: list[str]) -> Mapping[str, Any] | None:
    try:
        raw = read_json(_file(item), MAKER)
    except InputError as error:
        problems.append(str(error))
        return None
    if not isinstance(raw, dict):
        problems.append(f"{_file(item)} is no map. It is not what {MAKER} prints.")
        return None
    return cast(dict[str, Any], raw)


def _name(item: str) -> str | None:
    return item.partition("=")[0] if "=" in item else None


def _file(item: str) -> Path:
    return Path(item.partition("=")[2] if "=" in item else item)
