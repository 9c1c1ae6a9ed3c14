"""Deploys what an AWS account needs once, and keeps its state in the bucket that it makes:
`make bootstrap`. The first time the state is local until the bucket is there; a run that was
interrupted in between goes on from there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bootstrap.settings import STACK
from settings import stack_file
from settings.problems import NAMESPACE
from settings.project import ROOT
from simulation.cli import running

LOCAL = "file://."
EXPORT = "account.json"


class BootstrapError(Exception):
    """The CLI failed; it has said why."""


def remote_backend(folder: Path, stack: str = STACK) -> str:
    """The address of the state bucket that the account's stack file names."""
    file = stack_file.find(stack, folder)
    config = stack_file.config_in(stack_file.load(file), stack, f"{NAMESPACE}-bootstrap")
    for key in ("stateBucket", "region"):
        if f"{NAMESPACE}:{key}" not in config:
            raise stack_file.StackFileError(f"{file.name}: {NAMESPACE}:{key} is missing")
    bucket, region = (config[f"{NAMESPACE}:{key}"] for key in ("stateBucket", "region"))
    return f"s3://{bucket}?region={region}"


def deploy(folder: Path, remote: str, arguments: Sequence[str], stack: str = STACK) -> None:
    """`pulumi up` with the state where it is, which is the bucket in the end."""
    if has_stack(folder, remote, stack) and not has_stack(folder, LOCAL, stack):
        _up(folder, remote, arguments, stack)
        return
    _up(folder, LOCAL, arguments, stack)
    move(folder, remote, stack)


def has_stack(folder: Path, backend: str, stack: str = STACK) -> bool:
    """Whether the stack's state is there; a bucket that does not exist yet has none."""
    found = _pulumi(folder, backend, "stack", "ls", "--json", check=False)
    return any(one["name"].rpartition("/")[2] == stack for one in json.loads(found or "[]"))


def move(folder: Path, remote: str, stack: str = STACK) -> None:
    """Moves the state from this machine to `remote`. The local one is removed last, so that a
    run that is interrupted begins again with it."""
    _pulumi(folder, LOCAL, "stack", "export", "--stack", stack, "--file", EXPORT)
    _create(folder, remote, stack)
    _pulumi(folder, remote, "stack", "import", "--stack", stack, "--file", EXPORT)
    _pulumi(folder, LOCAL, "stack", "rm", stack, "--yes", "--force", "--preserve-config")
    (folder / EXPORT).unlink()


def _create(folder: Path, backend: str, stack: str) -> None:
    if not has_stack(folder, backend, stack):
        provider = ("--secrets-provider", "passphrase")
        _pulumi(folder, backend, "stack", "init", stack, "--no-select", *provider)


def _up(folder: Path, backend: str, arguments: Sequence[str], stack: str) -> None:
    _create(folder, backend, stack)
    command = ["pulumi", "up", "--stack", stack, *arguments]
    if running.run(command, cwd=folder, environment=_environment(backend)).returncode:
        raise BootstrapError("nothing was moved; run it again")


def _pulumi(folder: Path, backend: str, *arguments: str, check: bool = True) -> str:
    done = running.run(
        ["pulumi", *arguments, "--non-interactive"],
        cwd=folder,
        environment=_environment(backend),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if check and done.returncode:
        raise BootstrapError(f"pulumi {' '.join(arguments[:2])} failed:\n{done.stderr.strip()}")
    return done.stdout


def _environment(backend: str) -> dict[str, str]:
    """The project has no secrets, so its passphrase is empty."""
    return {**os.environ, "PULUMI_BACKEND_URL": backend, "PULUMI_CONFIG_PASSPHRASE": ""}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make bootstrap", description=__doc__, epilog="Other options go to `pulumi up`."
    )
    parser.add_argument(
        "--account", default=STACK, metavar="NAME", help="of bootstrap/Pulumi.NAME.yaml"
    )
    known, arguments = parser.parse_known_args()
    folder = ROOT / "bootstrap"
    try:
        remote = remote_backend(folder, known.account)
        deploy(folder, remote, arguments, known.account)
    except FileNotFoundError:
        print("bootstrap: the Pulumi CLI is not on PATH", file=sys.stderr)
        return 2
    except (BootstrapError, stack_file.StackFileError) as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1
    print(f"\nThe state is in {remote}. For the commands of Pulumi in this shell:")
    print(f"  export PULUMI_BACKEND_URL='{remote}'")
    return 0


if __name__ == "__main__":
    sys.exit(main())
