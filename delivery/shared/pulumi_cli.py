"""Runs the Pulumi CLI, non-interactively. docs/decisions/24-pulumi-cli.md says why not the
Automation API."""

from __future__ import annotations

import subprocess
from pathlib import Path

from delivery.shared.errors import DeliveryError, InputError
from simulation.cli import running

LAST_LINES = 20
STACK_NOT_FOUND = 6
"""An exit code. Source: Pulumi, sdk/go/common/util/cmdutil/exit.go, which keeps them stable."""

ENCRYPTION_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""The keys of a stack file that say how its secrets are encrypted."""


class PulumiError(DeliveryError):
    """The CLI failed with `exit_code`; `output` holds the last lines of what it printed, `stdout`
    all of its standard output."""

    def __init__(self, message: str, output: str, exit_code: int, stdout: str) -> None:
        super().__init__(message)
        self.output, self.exit_code, self.stdout = output, exit_code, stdout


def pulumi(
    *arguments: str, stdin: str = "", project: Path | None = None, shown: bool = False
) -> str:
    """Runs `pulumi ARGUMENTS` in `project` (default: the current directory); returns its output.
    With `shown` the output goes to the terminal instead, and is not returned.

    Errors: PulumiError if the CLI fails; InputError if it is not installed.
    """
    try:
        done = running.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=project,
            text=stdin,
            stdout=None if shown else subprocess.PIPE,
            stderr=subprocess.PIPE,
            signalled_alone=True,
        )
    except FileNotFoundError:
        raise InputError("the Pulumi CLI is not on PATH") from None
    if done.returncode:
        lines = (done.stderr or done.stdout or "").strip().splitlines()[-LAST_LINES:]
        output = "\n".join(lines)
        message = f"pulumi {' '.join(arguments[:2])} failed:\n{output}"
        raise PulumiError(message, output, done.returncode, done.stdout or "")
    return done.stdout or ""
