"""Moves a stack file to the owner's own encryption key and sets its real secrets: `make rekey`.

The committed secrets are placeholders, so nothing is decrypted: the command asks for each encrypted
secret and encrypts the answer. The stack file changes only after everything has succeeded.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bootstrap import environments
from bootstrap.access.stacks import PROJECT
from commands.live.account import remote_backend
from components.shared.secrets import PLACEHOLDER
from delivery.shared.pulumi_cli import ENCRYPTION_KEYS, PulumiError, pulumi
from delivery.stack_files.editing import edited, remove, replace
from settings import stack_file
from settings.problems import NAMESPACE
from settings.project import ROOT

PROVIDERS = ("awskms://", "azurekeyvault://", "gcpkms://", "hashivault://", "passphrase", "default")
SECRETS = f"{NAMESPACE}:secrets"


class RekeyError(Exception):
    """The stack was not moved, and its file was not changed."""


def rekey(project: Path, stack: str, provider: str, values: Mapping[str, str]) -> list[str]:
    """Encrypts `values` with `provider` in Pulumi.<stack>.yaml; returns their names.

    Errors: RekeyError if a value is missing or a placeholder, or if the CLI fails.
    """
    path = stack_file.find(stack, project)
    paths = encrypted(stack_file.load(path))
    missing = [name for name in paths if not _is_real(values.get(name, ""))]
    if missing:
        raise RekeyError(f"a real value is missing: {', '.join(missing)}")
    with tempfile.TemporaryDirectory(dir=project) as folder:
        scratch = Path(folder)
        shutil.copy(project / "Pulumi.yaml", scratch)
        copy = scratch / path.name
        shutil.copy(path, copy)
        _use_provider(copy, stack, provider)
        for name, key in paths.items():
            command = ["config", "set", "--stack", stack, "--secret", "--path", key]
            _pulumi(scratch, command, stdin=values[name])
        copy.replace(path)
    return list(paths)


def own_key(content: Mapping[str, Any], stack: str) -> str:
    """The key that bootstrap/ makes for the stack's secrets."""
    region = (content.get("config") or {}).get(f"{NAMESPACE}:region")
    return f"awskms://alias/{PROJECT}-secrets-{stack}?region={region}"


def encrypted(content: Mapping[str, Any]) -> dict[str, str]:
    """The config path of each encrypted secret of a stack file, by the secret's name."""
    secrets = (content.get("config") or {}).get(SECRETS)
    if not isinstance(secrets, dict):
        return {}
    return {
        name: f"{SECRETS}.{name}" if "secure" in secret else f"{SECRETS}.{name}.value"
        for name, secret in sorted(secrets.items())
        if isinstance(secret, dict) and "secure" in str(secret)
    }


def remove_ciphertext(path: Path) -> None:
    """Removes the old key, and what only that key decrypts, from a stack file."""
    with edited(path) as content:
        for word in ENCRYPTION_KEYS:
            if word in content:
                remove(content, word)
        _remove_secure(content)


def _remove_secure(content: CommentedMap | CommentedSeq) -> None:
    """At any depth, so that the CLI finds nothing to decrypt."""
    for value in content.values() if isinstance(content, CommentedMap) else content:
        if isinstance(value, (CommentedMap, CommentedSeq)):
            _remove_secure(value)
    if isinstance(content, CommentedMap) and "secure" in content:
        replace(content, "secure", "unset", True)


def _is_real(value: str) -> bool:
    return bool(value) and not value.startswith(PLACEHOLDER)


def _use_provider(copy: Path, stack: str, provider: str) -> None:
    """Moves a stack that exists in the backend, with its state; creates another with the key."""
    known = json.loads(_pulumi(copy.parent, ["stack", "ls", "--json"]))
    if any(entry["name"].rpartition("/")[2] == stack for entry in known):
        # The CLI reads a new passphrase from its standard input; a key service needs none.
        passphrase = os.environ.get("PULUMI_CONFIG_PASSPHRASE", "")
        change = ["stack", "change-secrets-provider", "--stack", stack, provider]
        _pulumi(copy.parent, change, stdin=passphrase)
        return
    remove_ciphertext(copy)
    _pulumi(copy.parent, ["stack", "init", stack, "--secrets-provider", provider])


def _pulumi(folder: Path, arguments: Sequence[str], stdin: str = "") -> str:
    try:
        return pulumi(*arguments, stdin=stdin, project=folder)
    except PulumiError as error:
        raise RekeyError(f"pulumi {' '.join(arguments[:2])}: {error.output}") from None


def _ask(stack: str, names: Sequence[str]) -> dict[str, str]:
    """Values from the terminal, not shown, or from NAME=value lines of standard input."""
    if sys.stdin.isatty():
        return {name: getpass.getpass(f"{stack}, {name}: ") for name in names}
    lines = (line.rstrip("\n").partition("=") for line in sys.stdin)
    return {name: value for name, _, value in lines}


def stacks_to_move(project: Path) -> list[str]:
    """The account's environments that are not yet at the key that bootstrap/ made, or lack a
    value."""
    return [name for name in environments.names_in(project) if not _is_moved(project, name)]


def _is_moved(project: Path, stack: str) -> bool:
    content = _content(project, stack)
    secrets = str(content["config"].get(SECRETS))
    return content.get("secretsprovider") == own_key(content, stack) and "unset" not in secrets


def _content(project: Path, stack: str) -> dict[str, Any]:
    """Of a stack file with nothing wrong outside the sections. Errors: StackFileError."""
    content = stack_file.load(stack_file.find(stack, project))
    stack_file.config_in(content, stack, NAMESPACE)
    return content


def main() -> int:
    args = _options()
    if args.provider and not (args.stack and args.provider.startswith(PROVIDERS)):
        text = f"PROVIDER goes with a STACK, and begins with one of {', '.join(PROVIDERS)}"
        print(f"rekey: {text}", file=sys.stderr)
        return 2
    if shutil.which("pulumi") is None:
        print("rekey: the Pulumi CLI is not on PATH", file=sys.stderr)
        return 2
    try:
        stacks = [args.stack] if args.stack else stacks_to_move(ROOT)
    except stack_file.StackFileError as error:
        print(f"rekey: {error}", file=sys.stderr)
        return 1
    if len(stacks) > 1 and not sys.stdin.isatty():
        print(f"rekey: without a terminal give one STACK of {', '.join(stacks)}", file=sys.stderr)
        return 2
    if not args.provider:
        os.environ.setdefault("PULUMI_BACKEND_URL", remote_backend(ROOT / "bootstrap"))
    return max([_move(stack, args.provider) for stack in stacks], default=0)


def _move(stack: str, provider: str | None) -> int:
    try:
        content = _content(ROOT, stack)
        key = provider or own_key(content, stack)
        changed = rekey(ROOT, stack, key, _ask(stack, list(encrypted(content))))
    except (RekeyError, stack_file.StackFileError) as error:
        print(f"rekey: {error}; Pulumi.{stack}.yaml was not changed", file=sys.stderr)
        return 1
    print(f"Pulumi.{stack}.yaml: {', '.join(changed) or 'no secret'} encrypted with {key}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make rekey")
    parser.add_argument("--stack", help="default: each environment that is not yet at its key")
    parser.add_argument("--provider", help="default: the key that bootstrap/ makes for the stack")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
