"""Runs a program that ends by itself when it is interrupted.

At SIGINT or SIGTERM the Pulumi CLI starts no further step, waits for those in AWS, saves the state
and releases its lock; a second signal ends it at once. Source: pulumi v3.260.0,
pkg/backend/cancellation_scope.go. A terminal sends Ctrl-C to the CLI itself; subprocess.run would
then kill it after 0.25 s (CPython, Lib/subprocess.py, _sigint_wait_secs). A runner of jobs signals
this process alone.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

Handler = Callable[[int, FrameType | None], None]


def run(
    line: Sequence[str],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: int | None = None,
    text: str | None = None,
    stdout: int | IO[str] | None = None,
    stderr: int | None = None,
    signalled_alone: bool = False,
    interruptible: bool = False,
) -> subprocess.CompletedProcess[str]:
    """`text` is its standard input; without `stdout` and `stderr` its output is the terminal's.
    With `signalled_alone` a terminal's Ctrl-C does not reach it, and signals are passed on to it.

    Errors: with `interruptible` KeyboardInterrupt for a Ctrl-C, once the program has ended.
    """
    passed_on, pressed = _PassedOn(), list[int]()
    # Not SIG_IGN, which the program would have from here.
    handlers: dict[signal.Signals, Handler] = {
        signal.SIGINT: lambda number, _: pressed.append(number)
    }
    if signalled_alone:
        handlers = {signal.SIGINT: passed_on.handle, signal.SIGTERM: passed_on.handle}
    with _handled(handlers):
        process = subprocess.Popen(
            line,
            cwd=cwd,
            env=None if environment is None else dict(environment),
            stdin=stdin if text is None else subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            text=True,
            process_group=0 if signalled_alone else None,
        )
        passed_on.to(process)
        output, errors = process.communicate(text)
    if interruptible and pressed:
        raise KeyboardInterrupt
    return subprocess.CompletedProcess(line, process.returncode, output, errors)


@contextlib.contextmanager
def _handled(handlers: Mapping[signal.Signals, Handler]) -> Generator[None]:
    """Python handles signals in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _PassedOn:
    """Signals for a program, which is started meanwhile."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._early: list[int] = []

    def handle(self, number: int, _: FrameType | None) -> None:
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)

    def to(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        for number in self._early:
            process.send_signal(number)
