"""A stack file read without any key: every encrypted value becomes a simulated one.

Nothing is ever decrypted, so a preview needs no passphrase and no KMS key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_PLAIN = re.compile(r"\w+$")


class StackFileError(Exception):
    """The stack file is missing or is not what Pulumi would accept."""


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
        return {key: text(value) for key, value in self.values.items()}


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def read(stack: str, project_dir: Path) -> StackConfig:
    """The config of Pulumi.<stack>.yaml with simulated secrets."""
    content = load(stack_file(stack, project_dir))
    return config_of(content, stack, project_name(project_dir))


def config_of(content: Mapping[str, Any], stack: str, project: str) -> StackConfig:
    """The config of a stack file's content with simulated secrets."""
    raw = content.get("config") or {}
    if not isinstance(raw, dict):
        raise StackFileError(f"Pulumi.{stack}.yaml: config must be a map of keys to values")
    named = {key if ":" in key else f"{project}:{key}": value for key, value in raw.items()}
    secrets, empty = dict[str, str](), dict[str, str]()
    return StackConfig(
        values={key: _replaced(value, key, simulated, secrets) for key, value in named.items()},
        secret_keys=frozenset(key for key, value in named.items() if _has_secret(value)),
        secrets=secrets,
        without_secrets={
            key: _replaced(value, key, lambda _: "", empty) for key, value in named.items()
        },
    )


def stack_file(stack: str, project_dir: Path) -> Path:
    """The path of a stack's file, which must exist."""
    path = project_dir / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        known = sorted(p.name.split(".")[1] for p in project_dir.glob("Pulumi.*.yaml"))
        raise StackFileError(
            f"{path.name} does not exist; stacks with a file: {', '.join(known) or 'none'}"
        )
    return path


def project_name(project_dir: Path) -> str:
    return str(load(project_dir / "Pulumi.yaml")["name"])


def load(path: Path) -> dict[str, Any]:
    """A YAML file that holds a map."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise StackFileError(f"{path.name} is not valid YAML: {where}{error.problem}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StackFileError(f"{path.name} cannot be read: {error}") from error
    if content is not None and not isinstance(content, dict):
        raise StackFileError(f"{path.name} must hold a map of keys to values")
    return content or {}


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _has_secret(value: Any) -> bool:
    if isinstance(value, list):
        return any(_has_secret(item) for item in value)
    return _is_secret(value) or (
        isinstance(value, dict) and any(_has_secret(item) for item in value.values())
    )


def _replaced(value: Any, path: str, stand_in: Callable[[str], str], found: dict[str, str]) -> Any:
    """`value` with a stand-in for each secret, which is noted in `found` by its path."""
    if _is_secret(value):
        return found.setdefault(path, stand_in(path))
    if isinstance(value, dict):
        below = {
            key: f"{path}.{key}" if _PLAIN.match(str(key)) else f'{path}["{key}"]' for key in value
        }
        return {key: _replaced(item, below[key], stand_in, found) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(v, f"{path}[{n}]", stand_in, found) for n, v in enumerate(value)]
    return value


def simulated(path: str) -> str:
    """A stand-in for the secret at `path`: 16 to 128 characters that every service accepts."""
    label = "".join(c if c.isascii() and c.isalnum() else "-" for c in path.partition(":")[2])
    return f"simulated-{label[:100]}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"
