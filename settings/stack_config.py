"""The config of a stack file, read without a key: each encrypted value becomes a simulated one.

Nothing is decrypted, so a preview needs no passphrase and no KMS key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from settings import stack_file

_PLAIN = re.compile(r"\w+$")


@dataclass(frozen=True)
class StackConfig:
    """Config values by full key (`plataforma:database`), and the keys that hold a secret.

    For a program that encrypts them itself: `secrets` by path (`plataforma:secrets.TOKEN`), and
    the values with each secret empty.
    """

    values: Mapping[str, Any]
    secret_keys: frozenset[str] = frozenset()
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    without_secrets: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def as_strings(self) -> dict[str, str]:
        """The form that `pulumi.runtime.set_all_config` takes: JSON for all but strings."""
        return {
            key: value if isinstance(value, str) else json.dumps(value, default=str)
            for key, value in self.values.items()
        }


def read(stack: str, project_dir: Path) -> StackConfig:
    """The config of Pulumi.<stack>.yaml with simulated secrets."""
    content = stack_file.load(stack_file.find(stack, project_dir))
    return config_of(content, stack, stack_file.project_name(project_dir))


def config_of(content: Mapping[str, Any], stack: str, project: str) -> StackConfig:
    """The config of a stack file's content with simulated secrets."""
    config = stack_file.config_in(content, stack, project)
    secrets, empty = dict[str, str](), dict[str, str]()
    return StackConfig(
        values={key: _replaced(value, key, simulated, secrets) for key, value in config.items()},
        secret_keys=frozenset(key for key, value in config.items() if _has_secret(value)),
        secrets=secrets,
        without_secrets={
            key: _replaced(value, key, lambda _: "", empty) for key, value in config.items()
        },
    )


def simulated(path: str) -> str:
    """The value that stands for the secret at `path`: 16 to 128 characters that every service
    accepts."""
    label = "".join(c if c.isascii() and c.isalnum() else "-" for c in path.partition(":")[2])
    return f"simulated-{label[:100]}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and set(cast(dict[str, Any], value)) == {"secure"}


def _has_secret(value: Any) -> bool:
    if isinstance(value, list):
        return any(_has_secret(item) for item in cast(list[Any], value))
    if _is_secret(value):
        return True
    return isinstance(value, dict) and any(
        _has_secret(item) for item in cast(dict[str, Any], value).values()
    )


def _replaced(
    value: Any, path: str, replacement: Callable[[str], str], replaced: dict[str, str]
) -> Any:
    """`value` with a replacement for each secret, which is noted in `replaced` by its path."""
    if _is_secret(value):
        return replaced.setdefault(path, replacement(path))
    if isinstance(value, dict):
        return {
            key: _replaced(item, _path_below(path, key), replacement, replaced)
            for key, item in cast(dict[str, Any], value).items()
        }
    if isinstance(value, list):
        return [
            _replaced(item, f"{path}[{index}]", replacement, replaced)
            for index, item in enumerate(cast(list[Any], value))
        ]
    return value


def _path_below(path: str, key: object) -> str:
    return f"{path}.{key}" if _PLAIN.match(str(key)) else f'{path}["{key}"]'
