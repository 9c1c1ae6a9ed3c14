"""What a cancelled step's program gets, with real shells."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.rehearsal.signals import cancel, end_session
from tests.support import interrupts

SHELL = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
# It says when it is ready, and which signal it gets; SIGTERM ends it.
PROGRAM = """bash -c 'trap "echo INT" INT; trap "echo TERM; exit 4" TERM; echo ready
while :; do read -t 0.05 <> <(:) || :; done'"""
Started = subprocess.Popen[bytes]
SOON = ((signal.SIGINT, 0.3), (signal.SIGTERM, 60.0))


@pytest.fixture
def start() -> Iterator[Callable[[str], Started]]:
    started = list[Started]()

    def begin(script: str) -> Started:
        process = subprocess.Popen([*SHELL, script], stdout=subprocess.PIPE, start_new_session=True)
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        return process

    with interrupts.handled():
        yield begin
    for process in started:
        end_session(process)


def is_there(process: Started) -> bool:
    """Whether it or something that it started runs."""
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def said(process: Started) -> bytes:
    """All that the program says until it is gone."""
    end_session(process)
    assert process.stdout
    return process.stdout.read()


def test_a_program_below_the_shell_gets_no_signal_and_survives_the_step(
    start: Callable[[str], Started],
):
    process = start(f"{PROGRAM}\necho after")
    cancel(process, SOON)
    assert process.returncode == -signal.SIGTERM
    assert is_there(process)
    assert said(process) == b""


def test_a_program_that_replaces_the_shell_gets_both_signals(start: Callable[[str], Started]):
    process = start(f"exec {PROGRAM}")
    cancel(process, SOON)
    assert process.returncode == 4
    assert said(process) == b"INT\nTERM\n"


def test_a_program_that_ignores_both_is_killed_with_its_children(start: Callable[[str], Started]):
    process = start("trap '' INT TERM; (echo ready; while :; do :; done) & wait; wait")
    cancel(process, ((signal.SIGINT, 0.01), (signal.SIGTERM, 0.01)))
    assert process.returncode == -signal.SIGKILL
    while is_there(process):
        pass


def test_a_program_that_ends_in_time_ends_the_step(start: Callable[[str], Started]):
    process = start("exec bash -c 'trap \"exit 3\" INT; echo ready; while :; do :; done'")
    cancel(process, ((signal.SIGINT, 60.0),))
    assert process.returncode == 3
