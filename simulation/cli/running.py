"""Runs a program that ends by itself when people press Ctrl-C.

The terminal sends SIGINT to the Pulumi CLI too, which starts no further step, waits for those in
AWS, saves the state and releases its lock; a second one ends it at once. Source: pulumi v3.260.0,
pkg/backend/cancellation_scope.go. subprocess.run would kill it after 0.25 s (CPython,
Lib/subprocess.py, _sigint_wait_secs).
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import FrameType


def run(
    line: Sequence[str],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: int | None = None,
    text: str | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """`text` is its standard input; without `stdout` and `stderr` its output is the terminal's."""
    with _interrupts_are_its_own():
        return subprocess.run(
            line,
            cwd=cwd,
            env=None if environment is None else dict(environment),
            stdin=stdin,
            input=text,
            stdout=stdout,
            stderr=stderr,
            text=True,
            check=False,
        )


@contextlib.contextmanager
def _interrupts_are_its_own() -> Generator[None]:
    """Python handles signals in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, _go_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _go_on(_: int, __: FrameType | None) -> None:
    """Not SIG_IGN, which the program would have from here."""
