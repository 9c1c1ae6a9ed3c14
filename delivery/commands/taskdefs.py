"""Compares the task definitions that a stack has registered with infra/aws/ of the commit, with the
placeholders filled from the stack's state: the versioned files are what runs. Fails with each field
that differs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.contract.differences import differences
from delivery.contract.placeholders import Placeholders
from delivery.rollouts.task_logs import describe_task_definition
from delivery.shared import options
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.outputs import account_of, short
from delivery.shared.stack_state import StackState, read_state

FOLDER = "infra/aws"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_state(parser)
    parser.add_argument("--stack", required=True, metavar="NAME", help="e.g. staging")
    options.add_project(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    state = read_state(args.state)
    files = _files(args.project / FOLDER, args.stack)
    registered = state.task_definitions()
    aws = context.connect(state.region)
    problems = [
        *(f"{name}: no task definition is registered" for name in files.keys() - registered),
        *(f"{name}: {FOLDER} has no file" for name in registered.keys() - files),
    ]
    for name in sorted(files.keys() & registered):
        found = _compared(aws, state, files[name], registered[name])
        problems += [f"{name}: {line}" for line in found]
    if problems:
        raise DeliveryError(
            "\n".join(
                [
                    f"what {args.stack} has registered is not {FOLDER} of this commit:",
                    *(f"  {problem}" for problem in problems),
                    "Run `make taskdefs`, look at its diff, and commit it.",
                ]
            )
        )
    context.console.line(f"{args.stack}: {len(files)} task definitions are as {FOLDER} has them")
    return 0


def _files(folder: Path, stack: str) -> dict[str, str]:
    """The stack's files by the names of their task definitions. Errors: InputError without any."""
    start, end = "ecs-taskdef-", f".{stack}.json"
    found = {
        path.name[len(start) : -len(end)]: path.read_text(encoding="utf-8")
        for path in sorted(folder.glob(f"{start}*{end}"))
    }
    if not found:
        raise InputError(f"{folder} has no {start}*{end}: run `make taskdefs`")
    return found


def _compared(aws: Aws, state: StackState, text: str, arn: str) -> Iterator[str]:
    placeholders = Placeholders(state, account_of(arn))
    wanted = json.loads(placeholders.with_digests(text))
    made = describe_task_definition(aws, arn)
    for line in differences(wanted, dict(made), placeholders):
        yield f"{short(arn)}: {line}"
