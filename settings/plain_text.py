"""The stack file as it is written: the one thing that decrypted config can't tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml

from settings.problems import NAMESPACE, Problem
from settings.secrets import REFERENCE_PREFIXES


def stack_file(stack: str) -> Path:
    """Pulumi.<stack>.yaml of the project that runs."""
    return Path(f"Pulumi.{stack}.yaml")


def plain_text_secrets(path: Path) -> Iterator[Problem]:
    """Secrets that stand in `path` unencrypted; none where the file does not exist."""
    if not path.exists():
        return
    written = cast(dict[str, Any], yaml.safe_load(path.read_text()) or {})
    secrets = written.get("config", {}).get(f"{NAMESPACE}:secrets")
    for name, secret in (secrets if isinstance(secrets, dict) else {}).items():
        value = secret.get("value") if isinstance(secret, dict) else secret
        if isinstance(value, str) and not value.startswith(REFERENCE_PREFIXES):
            stack = path.stem.removeprefix("Pulumi.")
            advice = (
                f"Encrypt it: make secret STACK={stack} NAME={name}, and change it at its source"
            )
            yield Problem(f"secrets.{name}", f"is written in plain text. {advice}.")
