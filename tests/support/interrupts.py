"""Lets programs that a test starts get SIGINT. Those of a background job, maybe the tests' own,
ignore it from their start, and bash can't trap it then (GNU Bash Manual, "Signals")."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def handled() -> Generator[None]:
    """What is started meanwhile has SIGINT's default."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
