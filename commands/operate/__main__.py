"""Commands for the people who run a stack on AWS. They take the stack's outputs from its state, and
change nothing of the stack.

Exit codes: 0 success; 1 failure; 2 wrong arguments, or a missing permission. `run` has that of the
command that it runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from commands.operate import exec as exec_
from commands.operate import logs, run, status
from delivery.context import Context

COMMANDS = {"run": run, "logs": logs, "exec": exec_, "status": status}


def main(arguments: Sequence[str] | None = None, context: Context | None = None) -> int:
    context = context or Context()
    args = parser().parse_args(arguments)
    command = COMMANDS[args.command]
    return context.exit_code(f"make {args.command}", lambda: command.run(args, context))


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="python -m commands.operate", description=__doc__)
    commands = result.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        text = (module.__doc__ or "").strip()
        command = commands.add_parser(
            name, help=text.partition(".")[0], description=text, allow_abbrev=False
        )
        module.add_arguments(command)
    return result


if __name__ == "__main__":
    sys.exit(main())
