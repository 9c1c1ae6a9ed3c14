"""Runs the real engine on simulated AWS, with local state: `make up`, `refresh`, `destroy`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from commands.output import write
from settings.project import ROOT
from settings.stack_file import StackFileError
from simulation import engine

DONE = {
    "up": "nothing was created in AWS, and no address above answers",
    "refresh": "AWS was not asked",
    "destroy": "nothing was deleted in AWS",
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("action", choices=DONE)
    parser.add_argument("--stack", default="staging")
    options = parser.parse_args(arguments)
    cli = engine.find_pulumi()
    if cli.path is None:
        print(f"{options.action}: it needs the real engine: {cli.reason}", file=sys.stderr)
        return 1
    words = f"SIMULATION, not AWS: {options.action} of {options.stack}"
    write(f"{words}, state in .pulumi-local/\n")
    try:
        if options.action == "up":
            code = engine.up(options.stack, ROOT, cli.path, policy_pack=ROOT / "policies")
        else:
            action = engine.refresh if options.action == "refresh" else engine.destroy
            code = action(options.stack, ROOT, cli.path)
    except (engine.EngineError, StackFileError) as error:
        print(f"{options.action}: {error}", file=sys.stderr)
        return 1
    write(f"{words}: {DONE[options.action] if code == 0 else 'it failed'}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
