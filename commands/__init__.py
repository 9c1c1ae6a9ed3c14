"""What people run, by `make`. A command that is stopped, or refused by a stack file, says so in a
line of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType

INTERRUPTED = 130
"""As shells have it for SIGINT."""


def end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Python's last hook: it sees Ctrl-C while modules are still being imported, too.

    Errors: SystemExit, whose code becomes the command's.
    """
    if issubclass(kind, KeyboardInterrupt):
        print(f"\n{_name()}: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    import pulumi  # takes half a second, which nothing but an error needs

    if issubclass(kind, pulumi.RunError):
        print(f"{_name()}: {error}", file=sys.stderr)
        sys.exit(1)
    sys.__excepthook__(kind, error, trace)


def _name() -> str:
    """`taskdefs` of commands/render/taskdefs.py, `tasks` of commands/tasks/__main__.py."""
    path = Path(sys.argv[0])
    return path.parent.name if path.stem == "__main__" else path.stem


sys.excepthook = end
