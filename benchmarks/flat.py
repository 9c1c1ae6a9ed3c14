"""The program that previews.py measures ours against: resources.json, registered one by one.

resources.json, in the same folder: each resource's type, name and inputs, dependencies first.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pulumi

PLACEHOLDER = re.compile(r"\$\{([^}]+)\.([a-zA-Z]+(?:\[\d+\](?:\.[a-zA-Z]+)?)*)\}")
registered: dict[str, list[Any]] = defaultdict(list)


def snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()


def output_of(name: str, path: str) -> Any:
    """The property of the last resource with this name that has it."""
    first, *rest = re.findall(r"[a-zA-Z]+|\d+", path)
    value = next(
        (getattr(r, snake(first)) for r in reversed(registered[name]) if hasattr(r, snake(first))),
        None,
    )
    if value is None:
        return f"${{{name}.{path}}}"
    for step in rest:
        value = value[int(step)] if step.isdigit() else value[snake(step)]
    return value


def resolved(value: Any) -> Any:
    """`value` with outputs in place of its placeholders."""
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if isinstance(value, dict):
        return {key: resolved(item) for key, item in value.items()}
    if not isinstance(value, str) or "${" not in value:
        return value
    parts: list[Any] = []
    end = 0
    for found in PLACEHOLDER.finditer(value):
        parts += [value[end : found.start()], output_of(*found.groups())]
        end = found.end()
    parts.append(value[end:])
    return (
        parts[1] if len(parts) == 3 and parts[0] == parts[2] == "" else pulumi.Output.concat(*parts)
    )


def class_of(token: str) -> Any:
    package, module, name = re.findall(r"^(\w+):(\w+)/\w+:(\w+)$", token)[0]
    holder = importlib.import_module(f"pulumi_{package}")
    return getattr(holder if module == "index" else getattr(holder, module), name)


# As in our program.
gc.set_threshold(50_000)
atexit.register(gc.freeze)
resources = json.loads(Path("resources.json").read_text(encoding="utf-8"))
for number, (token, name, inputs) in enumerate(resources):
    arguments = {snake(key): resolved(value) for key, value in inputs.items()}
    registered[name].append(class_of(token)(f"r{number}", **arguments))
