"""Runs the real engine on simulated AWS, with local state: `make up`, `refresh`, `destroy`."""

from __future__ import annotations

import argparse
import sys

from settings.project import ROOT
from settings.stack_file import StackFileError
from simulation import engine


def main() -> int:
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("action", choices=("up", "refresh", "destroy"))
    parser.add_argument("--stack", default="staging")
    options = parser.parse_args()
    cli = engine.find_pulumi(ROOT)
    if cli.path is None:
        print(f"{options.action}: {cli.reason}; it needs the real engine", file=sys.stderr)
        return 1
    print(f"SIMULATION, not AWS: {options.action} of {options.stack}, state in .pulumi-local/")
    try:
        if options.action == "up":
            return engine.up(options.stack, ROOT, cli.path, policy_pack=ROOT / "policies")
        action = engine.refresh if options.action == "refresh" else engine.destroy
        return action(options.stack, ROOT, cli.path)
    except (engine.EngineError, StackFileError) as error:
        print(f"{options.action}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
