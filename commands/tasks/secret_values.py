"""The secrets of a stack on this machine: random ones, made once, that people may replace."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from commands.tasks.stack import Stack
from settings.stack_config import StackConfig

# Parts of the paths and ARNs of secrets whose value has a form.
SIGNING_KEYS = "JWT_SIGNING_KEYS"


@dataclass(frozen=True)
class SecretValues:
    """`folder`: a file for each secret. `known`: the value by ARN of those the stack makes."""

    folder: Path
    known: Mapping[str, str]

    def of(self, value_from: str) -> str:
        """What ECS gives a container for `valueFrom`: the ARN of a parameter or secret, and for a
        secret the key of its JSON (ECS API, "Secret": arn:json-key:version-stage:version-id)."""
        fields = value_from.split(":")
        if fields[2] != "secretsmanager":
            return self._text(value_from)
        arn, key = ":".join(fields[:7]), "".join(fields[7:8])
        if not key:
            return self._text(arn)
        return json.loads(self._text(arn, lambda: json.dumps({key: _random()})))[key]

    def _text(self, arn: str, make: Callable[[], str] | None = None) -> str:
        if arn in self.known:
            return self.known[arn]
        name = "".join(c if c.isalnum() else "-" for c in arn.split(":", 5)[5])
        return _kept(self.folder / name, make or _random)


def read(stack: Stack, folder: Path) -> SecretValues:
    return SecretValues(folder, dict(stack.parameters()))


def with_local_secrets(config: StackConfig, folder: Path) -> StackConfig:
    """The config with random values where the stack file has encrypted ones."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    local = {
        simulated: _kept(folder / path.partition(":")[2], _maker(path))
        for path, simulated in config.secrets.items()
    }
    return replace(config, values=_replaced(config.values, local))


def _maker(path: str) -> Callable[[], str]:
    return _signing_keys if SIGNING_KEYS in path else _random


def _random() -> str:
    # Letters and digits: every store accepts them.
    return secrets.token_hex(24)


def _signing_keys() -> str:
    return json.dumps({f"k{secrets.token_hex(4)}": _random()})


def _kept(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        path.write_text(make())
    return path.read_text()


def _replaced(value: Any, local: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        items = cast(dict[str, Any], value)
        return {key: _replaced(items[key], local) for key in items}
    if isinstance(value, list):
        return [_replaced(item, local) for item in cast(list[Any], value)]
    return local.get(value, value) if isinstance(value, str) else value
