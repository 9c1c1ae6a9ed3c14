"""What a command prints: to a terminal, a pipe, or a pipe that is closed early."""

from __future__ import annotations

import os
import sys


def write(text: str) -> None:
    """To standard output, at once; no error where nobody reads on, as in `make preview | head`."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes again at its end, into what is open then (Python, library/signal.html,
        # "Note on SIGPIPE").
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
