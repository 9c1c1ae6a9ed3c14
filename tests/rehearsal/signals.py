"""The signals by which a runner ends a step, and what it leaves.

Sources: GitHub Docs, "Workflow cancellation": SIGINT, 7.5 s later SIGTERM, 2.5 s later the process
tree is killed. actions/runner, src/Runner.Sdk/ProcessInvoker.cs: both signals go to the step's own
process alone, which is the shell; and where that has ended, the tree is not killed. What it leaves
runs on beside the later steps, and is killed when the job ends ("Cleaning up orphan processes").
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

SIGNALS = ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5))


def cancel(
    process: subprocess.Popen[bytes], signals: Sequence[tuple[signal.Signals, float]] = SIGNALS
) -> None:
    """`signals`: each with the seconds that the process has then."""
    for number, seconds in signals:
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return
    for pid in [*_below(process.pid), process.pid]:
        os.kill(pid, signal.SIGKILL)
    process.wait()


def end_session(process: subprocess.Popen[bytes]) -> None:
    """Kills it and all that it started and left."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def _below(pid: int) -> Iterator[int]:
    """The children and theirs, the lowest first."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            yield from _below(child)
            yield child
