"""Takes away the lock that a killed run has left on a stack's state, and says whose it was. Leaves
the lock of another user, and that of a process that runs on this machine. The pipeline runs it in
the stack's concurrency group, so that no run of its own has the lock. With --wait another run may
have it."""

from __future__ import annotations

import argparse

from delivery.context import Context
from delivery.shared import options, state_locks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", required=True, metavar="NAME", help="e.g. prod")
    parser.add_argument(
        "--wait",
        action="store_true",
        help="wait for a run that has the lock, and take away only one that is older than any job "
        "may be",
    )
    options.add_project(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    take_away = state_locks.release_outlived if args.wait else state_locks.release
    take_away(args.stack, args.project, context)
    return 0
