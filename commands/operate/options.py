"""Options that the commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

from delivery.shared.outputs import StackOutputs, outputs_of_stack, read_outputs


def add_stack(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--stack", metavar="NAME", help="a stack, by the Pulumi CLI")
    group.add_argument(
        "--outputs", type=Path, metavar="FILE", help="the output of `pulumi stack output --json`"
    )


def stack_outputs(args: argparse.Namespace) -> StackOutputs:
    return read_outputs(args.outputs) if args.outputs else outputs_of_stack(args.stack)


def add_service_or_job(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--service", metavar="NAME", help="a service of the stack")
    group.add_argument("--job", metavar="NAME", help="a job of plataforma:jobs")
