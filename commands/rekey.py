"""Moves a stack file to the owner's key and sets its real secrets: `make rekey`.

The committed values are placeholders, so nothing is decrypted: each encrypted secret is asked for
and encrypted anew. The stack file changes only when all of it has succeeded.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.shared.secrets import PLACEHOLDER
from delivery.shared.pulumi_cli import PulumiError, pulumi
from settings import stack_file
from settings.problems import NAMESPACE
from settings.project import ROOT

PROVIDERS = ("awskms://", "azurekeyvault://", "gcpkms://", "hashivault://", "passphrase", "default")


class RekeyError(Exception):
    """The stack was not moved; its file is as it was."""


def rekey(project: Path, stack: str, provider: str, values: Mapping[str, str]) -> list[str]:
    """Encrypts `values` under `provider` in Pulumi.<stack>.yaml, and gives the names set.

    Errors: RekeyError when a value is missing or a placeholder, or the CLI refuses.
    """
    path = stack_file.find(stack, project)
    paths = encrypted(stack_file.load(path))
    wanting = [name for name in paths if not _is_real(values.get(name, ""))]
    if wanting:
        raise RekeyError(f"a real value is missing: {', '.join(wanting)}")
    with tempfile.TemporaryDirectory(dir=project) as folder:
        scratch = Path(folder)
        shutil.copy(project / "Pulumi.yaml", scratch)
        copy = scratch / path.name
        shutil.copy(path, copy)
        _use_provider(copy, stack, provider)
        for name, key in paths.items():
            command = ["config", "set", "--stack", stack, "--secret", "--path", key]
            _pulumi(scratch, command, given=values[name])
        copy.replace(path)
    return list(paths)


def encrypted(content: Mapping[str, Any]) -> dict[str, str]:
    """Secrets whose value stands encrypted in the stack file, each with its config path."""
    key = f"{NAMESPACE}:secrets"
    secrets = (content.get("config") or {}).get(key) or {}
    return {
        name: f"{key}.{name}" if "secure" in secret else f"{key}.{name}.value"
        for name, secret in sorted(secrets.items())
        if isinstance(secret, dict) and "secure" in str(secret)
    }


def without_ciphertext(text: str) -> str:
    """The stack file with its comments, without the old key and what only it could read."""
    text = re.sub(r"(?m)^(secretsprovider|encryptedkey|encryptionsalt):.*\n?", "", text)
    return re.sub(r"\bsecure: *[^\s}]+", "unset: true", text)


def _is_real(value: str) -> bool:
    return bool(value) and not value.startswith(PLACEHOLDER)


def _use_provider(copy: Path, stack: str, provider: str) -> None:
    """A stack that the backend has is moved, its state with it; another is made with the key."""
    known = json.loads(_pulumi(copy.parent, ["stack", "ls", "--json"]))
    if any(entry["name"].rpartition("/")[2] == stack for entry in known):
        # A new passphrase is read from the input; a key service asks for none.
        passphrase = os.environ.get("PULUMI_CONFIG_PASSPHRASE", "")
        change = ["stack", "change-secrets-provider", "--stack", stack, provider]
        _pulumi(copy.parent, change, given=passphrase)
        return
    copy.write_text(without_ciphertext(copy.read_text()))
    _pulumi(copy.parent, ["stack", "init", stack, "--secrets-provider", provider])


def _pulumi(folder: Path, arguments: Sequence[str], given: str | None = None) -> str:
    try:
        return pulumi(*arguments, given=given or "", project=folder)
    except PulumiError as error:
        raise RekeyError(f"pulumi {' '.join(arguments[:2])}: {error.said}") from None


def _ask(names: Sequence[str]) -> dict[str, str]:
    """Real values, from the terminal without showing them, or from NAME=value lines of a pipe."""
    if sys.stdin.isatty():
        return {name: getpass.getpass(f"{name}: ") for name in names}
    lines = (line.rstrip("\n").partition("=") for line in sys.stdin)
    return {name: value for name, _, value in lines}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make rekey")
    parser.add_argument("--stack", required=True)
    parser.add_argument("--provider", required=True)
    arguments = parser.parse_args()
    if not arguments.provider.startswith(PROVIDERS):
        print(f"rekey: PROVIDER must begin with one of {', '.join(PROVIDERS)}", file=sys.stderr)
        return 2
    if shutil.which("pulumi") is None:
        print("rekey: the Pulumi CLI is not on PATH", file=sys.stderr)
        return 2
    try:
        wanted = encrypted(stack_file.load(stack_file.find(arguments.stack, ROOT)))
        names = rekey(ROOT, arguments.stack, arguments.provider, _ask(list(wanted)))
    except (RekeyError, stack_file.StackFileError) as error:
        print(f"rekey: {error}; Pulumi.{arguments.stack}.yaml is as it was", file=sys.stderr)
        return 1
    print(f"Pulumi.{arguments.stack}.yaml: {', '.join(names)} under {arguments.provider}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
