"""Runs the Pulumi CLI, non-interactively. docs/decisions/24-pulumi-cli.md says why not the
Automation API."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from delivery.shared.errors import DeliveryError, InputError

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
        process = subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=project,
            stdin=subprocess.PIPE,
            stdout=None if shown else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,  # else a terminal would send it Ctrl-C too
        )
    except FileNotFoundError:
        raise InputError("the Pulumi CLI is not on PATH") from None
    with _signals_passed_on(process):
        stdout, stderr = process.communicate(stdin)
    if process.returncode:
        lines = (stderr or stdout or "").strip().splitlines()[-LAST_LINES:]
        output = "\n".join(lines)
        message = f"pulumi {' '.join(arguments[:2])} failed:\n{output}"
        raise PulumiError(message, output, process.returncode, stdout or "")
    return stdout or ""


@contextmanager
def _signals_passed_on(process: subprocess.Popen[str]) -> Generator[None]:
    """The CLI unlocks its stack at SIGINT and SIGTERM. Killed, as by the end of this process, it
    leaves the lock (Pulumi 3.260, pkg/backend/cancellation_scope.go)."""

    def pass_on(number: int, _: object) -> None:
        process.send_signal(number)

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
