"""The Pulumi CLI, as delivery calls it: never interactive, its last words in the error."""

from __future__ import annotations

import subprocess
from pathlib import Path

from delivery.shared.errors import DeliveryError, InputError

LAST_LINES = 20


class PulumiError(DeliveryError):
    """The CLI refused or failed: its last lines are `said`."""

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


def pulumi(
    *arguments: str, given: str = "", project: Path | None = None, shown: bool = False
) -> str:
    """What `pulumi ARGUMENTS` prints, run in `project` (default: here) with `given` as its input;
    with `shown` nothing, for it goes straight to the output, as long work should.

    Errors: PulumiError with its last lines; InputError where there is no CLI.
    """
    try:
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=project,
            input=given,
            stdout=None if shown else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise InputError("the Pulumi CLI is not on PATH") from None
    if done.returncode:
        lines = (done.stderr or done.stdout or "").strip().splitlines()[-LAST_LINES:]
        said = "\n".join(lines)
        raise PulumiError(f"pulumi {' '.join(arguments[:2])} failed:\n{said}", said)
    return done.stdout or ""
