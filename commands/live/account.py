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


def remote_backend(folder: Path) -> str:
    """The address of the state bucket that the account's stack file names."""
    file = stack_file.find(STACK, folder)
    config = stack_file.config_in(stack_file.load(file), STACK, f"{NAMESPACE}-bootstrap")
    for key in ("stateBucket", "region"):
        if f"{NAMESPACE}:{key}" not in config:
            raise stack_file.StackFileError(f"{file.name}: {NAMESPACE}:{key} is missing")
    bucket, region = (config[f"{NAMESPACE}:{key}"] for key in ("stateBucket", "region"))
    return f"s3://{bucket}?region={region}"


def deploy(folder: Path, remote: str, arguments: Sequence[str]) -> None:
    """`pulumi up` with the state where it is, which is the bucket in the end."""
    if has_stack(folder, remote) and not has_stack(folder, LOCAL):
        _up(folder, remote, arguments)
        return
    _up(folder, LOCAL, arguments)
    move(folder, remote)


def has_stack(folder: Path, backend: str) -> bool:
    """Whether the stack's state is there; a bucket that does not exist yet has none."""
    found = _pulumi(folder, backend, "stack", "ls", "--json", check=False)
    return any(one["name"].rpartition("/")[2] == STACK for one in json.loads(found or "[]"))


def move(folder: Path, remote: str) -> None:
    """Moves the state from this machine to `remote`. The local one is removed last, so that a
    run that is interrupted begins again with it."""
    _pulumi(folder, LOCAL, "stack", "export", "--stack", STACK, "--file", EXPORT)
    _create(folder, remote)
    _pulumi(folder, remote, "stack", "import", "--stack", STACK, "--file", EXPORT)
    _pulumi(folder, LOCAL, "stack", "rm", STACK, "--yes", "--force", "--preserve-config")
    (folder / EXPORT).unlink()


def _create(folder: Path, backend: str) -> None:
    if not has_stack(folder, backend):
        provider = ("--secrets-provider", "passphrase")
        _pulumi(folder, backend, "stack", "init", STACK, "--no-select", *provider)


def _up(folder: Path, backend: str, arguments: Sequence[str]) -> None:
    _create(folder, backend)
    command = ["pulumi", "up", "--stack", STACK, *arguments]
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
    _, arguments = parser.parse_known_args()
    folder = ROOT / "bootstrap"
    try:
        remote = remote_backend(folder)
        deploy(folder, remote, arguments)
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
