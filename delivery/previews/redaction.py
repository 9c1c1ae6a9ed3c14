"""What of a preview must not be shown.

Pulumi blinds what it knows to be secret. This hides besides what a name or the look of a value
gives away, and every value that is secret anywhere in the same preview.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulation.protocol import MASK, SIGNATURE, UNKNOWN

LONGEST_VALUE = 60
SHORTEST_KNOWN = 4

_NAMES = re.compile(
    r"pass(word|wd|phrase|code)?\b|password|passphrase|pwd|secret|token|credential|private|auth"
    r"|key|salt|signature|certificate|dsn|connection|webhook|cookie|pin\b|userdata|plaintext",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"-----BEGIN|://[^/\s]*@|\b(AKIA|ASIA)[A-Z0-9]{12,}|\bgh[a-z]_\w{16,}|\bgithub_pat_|\bxox[a-z]-"
    r"|\beyJ[\w-]{8,}\.|\bAuthorization\b|hooks\.slack\.com",
)
_WHOLE_TYPES = ("aws:ssm/parameter:", "aws:secretsmanager/", "random:", "tls:")
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")


def secret_path(path: str, type_: str = "") -> bool:
    """Whether a property's name, or its resource's type, says that its value is not to be seen."""
    return bool(_NAMES.search(path)) or type_.startswith(_WHOLE_TYPES)


def marked(value: Any) -> bool:
    """Whether Pulumi calls the value, or a part of it, secret."""
    if isinstance(value, str):
        return MASK in value or SIGNATURE in value
    if isinstance(value, Mapping):
        return SIGNATURE in value or any(marked(v) for v in value.values())
    return isinstance(value, Sequence) and any(marked(item) for item in value)


def known_secrets(value: Any, path: str = "", type_: str = "") -> Iterator[str]:
    """Every text that stands where secrets do, at whatever depth."""
    if isinstance(value, Mapping):
        hidden = SIGNATURE in value
        name = f".{value['name']}" if isinstance(value.get("name"), str) else ""
        for key, item in value.items():
            below = f"{path}{name if key == 'value' else ''}.{key}"
            yield from _texts(item) if hidden else known_secrets(item, below, type_)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from known_secrets(item, path, type_)
    elif isinstance(value, str) and secret_path(path, type_):
        yield value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for item in value.values() for text in _texts(item))
    elif isinstance(value, Sequence):
        yield from (text for item in value for text in _texts(item))


class Censor:
    """Shows values, but for those that are secret in the preview that it was made of."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        never = {MASK, UNKNOWN, SIGNATURE}
        self._secrets = sorted(
            {text for text in secrets if len(text) >= SHORTEST_KNOWN} - never, key=len, reverse=True
        )

    def value(self, value: Any, path: str, type_: str) -> str | None:
        """A short plain value as it is shown; None where it is secret, long or not plain."""
        if not isinstance(value, (str, int, float, bool)) or marked(value):
            return None
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if UNKNOWN in text or "${" in text:
            return "known later"
        if secret_path(path, type_) or _LOOKS.search(text):
            return None
        if any(secret in text for secret in self._secrets):
            return None
        text = _DIGEST.sub(r"\1…", text)
        return text if len(text) <= LONGEST_VALUE and "\n" not in text else None

    def text(self, text: str) -> str:
        """A sentence with every known secret blinded."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return "[hidden: it looks like a secret]" if _LOOKS.search(text) else text
