"""Random secrets for the stack on this machine, made once, that people may replace."""

from __future__ import annotations

import json
import re
import secrets
import stringprep
import unicodedata
from collections.abc import Iterator
from pathlib import Path

GRAFANA = "grafana_admin_password"
PASSWORDS = ("database_password", "redis_password", "broker_password", GRAFANA)
SIGNING_KEYS = "jwt_signing_keys"
# Secrets of alert receivers, which people put there: SLACK_WEBHOOK is the file slack_webhook.
ALERTMANAGER = "alertmanager"
BYTES = 32


def write(folder: Path) -> None:
    """Writes what is missing. Only this user can open the folder, and git ignores it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    (folder / ALERTMANAGER).mkdir(exist_ok=True)
    for name in PASSWORDS:
        _write_once(folder / f"{name}.txt", secrets.token_urlsafe(BYTES))
    keys = {f"k{secrets.token_hex(4)}": secrets.token_urlsafe(BYTES)}
    _write_once(folder / f"{SIGNING_KEYS}.txt", json.dumps(keys))


def problems(folder: Path) -> Iterator[str]:
    """What a server or one of its clients would read differently, without the passwords."""
    for name in PASSWORDS:
        path = folder / f"{name}.txt"
        try:
            password = path.read_bytes().decode().rstrip("\n")
        except UnicodeDecodeError:
            yield f"{path} is not UTF-8."
            continue
        for problem in password_problems(password, grafana=name == GRAFANA):
            yield f"{path} {problem}"


def password_problems(password: str, *, grafana: bool = False) -> Iterator[str]:
    if not password:
        yield "is empty."
    if any(unicodedata.category(character) == "Cc" for character in password):
        yield "holds a control character or a second line: it is one line, ended by LF or nothing."
    # PostgreSQL and libpq compare the normal form, lib/pq of its exporter what is written.
    if _saslprep(password) != password:
        yield "is not in the form that SASLprep (RFC 4013) gives it: use characters of a keyboard."
    # Grafana expands them in all of its settings (pkg/setting/expanders.go; ini's own %(name)s).
    if grafana and re.search(r"\$(__\w+)?\{|%\(", password):
        yield "holds ${, $__name{ or %(, which Grafana replaces."


def _saslprep(password: str) -> str:
    """What RFC 4013 maps; what it prohibits stays, for PostgreSQL then takes a password as it is
    (src/common/saslprep.c)."""
    mapped = (
        " " if stringprep.in_table_c12(character) else character
        for character in password
        if not stringprep.in_table_b1(character)
    )
    return unicodedata.normalize("NFKC", "".join(mapped))


def _write_once(path: Path, value: str) -> None:
    if not path.exists():
        path.write_text(value)
        # The containers' users, whose ids are others, read it too.
        path.chmod(0o444)
