"""What a preview must not show.

Pulumi masks what it knows to be secret. This also hides what a property's name or a value's form
gives away, and every occurrence of a value that is secret somewhere in the same preview.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulation.changes.differences import CONTAINERS, decoded
from simulation.protocol import MASK, SIGNATURE, UNKNOWN

LONGEST_VALUE = 60
SHORTEST_SECRET = 4

_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase|code)?\b|password|passphrase|pwd|secret|token|credential|private|auth"
    r"|key|salt|signature|certificate|dsn|connection|webhook|cookie|pin\b|userdata|plaintext",
    re.IGNORECASE,
)
_SECRET_FORM = re.compile(
    r"-----BEGIN|://[^/\s]*@|\b(AKIA|ASIA)[A-Z0-9]{12,}|\bgh[a-z]_\w{16,}|\bgithub_pat_|\bxox[a-z]-"
    r"|\beyJ[\w-]{8,}\.|\bAuthorization\b|hooks\.slack\.com",
)
_SECRET_TYPES = ("aws:ssm/parameter:", "aws:secretsmanager/", "random:", "tls:")
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")


def is_secret_path(path: str, type_: str = "") -> bool:
    """Whether a property's name, or its resource's type, says that its value is secret."""
    return bool(_SECRET_NAME.search(path)) or type_.startswith(_SECRET_TYPES)


def is_marked(value: Any) -> bool:
    """Whether Pulumi marks the value, or a part of it, as secret."""
    if isinstance(value, str):
        return MASK in value or SIGNATURE in value
    if isinstance(value, Mapping):
        return SIGNATURE in value or any(is_marked(item) for item in value.values())
    return isinstance(value, Sequence) and any(is_marked(item) for item in value)


def find_secrets(value: Any, path: str = "", type_: str = "") -> Iterator[str]:
    """Every secret text at any depth: marked by Pulumi, or under a secret name."""
    if isinstance(value, Mapping):
        is_special = SIGNATURE in value
        name = f".{value['name']}" if isinstance(value.get("name"), str) else ""
        for key, item in value.items():
            below = f"{path}{name if key == 'value' else ''}.{key}"
            yield from _texts(item) if is_special else find_secrets(item, below, type_)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from find_secrets(item, path, type_)
    elif isinstance(value, str) and path.endswith(CONTAINERS):
        yield from find_secrets(decoded(value), "", type_) if decoded(value) != value else ()
    elif isinstance(value, str) and is_secret_path(path, type_):
        yield value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for item in value.values() for text in _texts(item))
    elif isinstance(value, Sequence):
        yield from (text for item in value for text in _texts(item))


class Redactor:
    """Formats values and sentences of a preview, without the preview's secrets."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        never = {MASK, UNKNOWN, SIGNATURE, "true", "false"}
        long_enough = {text for text in secrets if len(text) >= SHORTEST_SECRET}
        self._secrets = sorted(long_enough - never, key=len, reverse=True)

    def value(self, value: Any, path: str, type_: str) -> str | None:
        """A short plain value as text; None where it is secret, long or not plain."""
        if not isinstance(value, (str, int, float, bool)) or is_marked(value):
            return None
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if UNKNOWN in text or "${" in text:
            return "known later"
        if is_secret_path(path, type_) or _SECRET_FORM.search(text):
            return None
        if any(secret in text for secret in self._secrets):
            return None
        text = _DIGEST.sub(r"\1…", text)
        return text if len(text) <= LONGEST_VALUE and "\n" not in text else None

    def text(self, text: str) -> str:
        """A sentence with every known secret masked."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return "[hidden: it looks like a secret]" if _SECRET_FORM.search(text) else text
