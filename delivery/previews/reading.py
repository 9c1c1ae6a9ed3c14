"""Reads previews from files, whichever engine made them."""

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
CLI_KEYS = frozenset({"steps", "changeSummary", "diagnostics", "config", "duration"})


def read_previews(
    files: Sequence[str], bases: Sequence[str] = (), waits: Sequence[str] = ()
) -> list[Preview]:
    """The previews of `files`, each FILE or STACK=FILE.

    `bases`: in-process previews of the base branch, to compare in-process previews with. `waits`:
    in-process previews or stack outputs, to take the waits of rollouts from.

    Errors: InputError that lists the problems of every file.
    """
    problems: list[str] = []
    base_previews: dict[str, Any] = {}
    for item in bases:
        raw = _read(item, problems)
        if raw is not None:
            base_previews[_stack(item) or str(raw.get("stack"))] = raw
    outputs: dict[str, Any] = {}
    for item in waits:
        raw = _read(item, problems)
        if raw is not None:
            outputs[_stack(item) or str(raw.get("stack"))] = raw.get("outputs", raw)
    previews = [_preview(item, base_previews, outputs, problems) for item in files]
    if problems:
        raise InputError("\n".join(problems))
    return [_with_waits(preview, outputs) for preview in previews if preview is not None]


def _with_waits(preview: Preview, outputs: Mapping[str, Any]) -> Preview:
    known = outputs.get(preview.stack)
    if known is None:
        return preview
    return dataclasses.replace(preview, waits=waits_of(known, preview.changes))


def _preview(
    item: str, base_previews: Mapping[str, Any], outputs: Mapping[str, Any], problems: list[str]
) -> Preview | None:
    raw = _read(item, problems)
    if raw is None:
        return None
    stack = _stack(item)
    try:
        if "simulation" in raw:
            return process.parse(raw, stack, base_previews.get(stack or str(raw.get("stack"))))
        if raw and CLI_KEYS & raw.keys():
            return cli.parse(raw, stack, outputs)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problems.append(f"{_file(item)}: {where}: {first['msg']}. {MAKER} writes such files.")
        return None
    problems.append(f"{_file(item)} holds no preview. {MAKER} writes one.")
    return None


def _read(item: str, problems: list[str]) -> Mapping[str, Any] | None:
    try:
        raw = read_json(_file(item), MAKER)
    except InputError as error:
        problems.append(str(error))
        return None
    if not isinstance(raw, dict):
        problems.append(f"{_file(item)} holds no JSON object. {MAKER} writes one.")
        return None
    return cast(dict[str, Any], raw)


def _stack(item: str) -> str | None:
    return item.partition("=")[0] if "=" in item else None


def _file(item: str) -> Path:
    return Path(item.partition("=")[2] if "=" in item else item)
