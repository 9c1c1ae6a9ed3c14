"""Random secrets for the stack on this machine, made once."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

PASSWORDS = ("database_password", "redis_password", "broker_password", "grafana_admin_password")
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


def _write_once(path: Path, value: str) -> None:
    if not path.exists():
        path.write_text(value)
        # The containers' users, whose ids are others, read it too.
        path.chmod(0o444)
