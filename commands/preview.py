"""Previews a stack with no account: `make preview`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pulumi
from rich.console import Console

from policies.check import Violation, violations
from settings.project import ROOT
from settings.stack_file import StackFileError
from simulation import engine, process
from simulation.outputs import NotSimulatedError
from simulation.plan import Plan
from simulation.report import plan_report

TASK_DEFINITIONS = Path("infra/aws")
PIPE_WIDTH = 200
EXPECTED_ERRORS = (pulumi.RunError, engine.EngineError, StackFileError, NotSimulatedError)


def preview(stack: str, choice: str, notes: Console) -> Plan:
    """The plan of a stack; `choice` of the engine is auto, process or pulumi.

    Errors: EngineError where pulumi is chosen and missing; whatever the program raises.
    """
    if choice == "process":
        return process.preview(stack, ROOT)
    cli = engine.find_pulumi(ROOT)
    if cli.path is None:
        if choice == "pulumi":
            raise engine.EngineError(cli.reason)
        notes.print(f"{cli.reason}: previewing in process.", style="dim")
        return process.preview(stack, ROOT)
    for name in engine.ignored():
        notes.print(f"{name} is set; this simulation ignores it.", style="dim")
    return engine.preview(stack, ROOT, cli.path)


def policy_violations(plan: Plan) -> tuple[Violation, ...]:
    """The violations of policy rules in a plan; a stack's name is its environment."""
    return violations(plan.resources, plan.stack)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    notes = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        plan = preview(options.stack, options.engine, notes)
    except EXPECTED_ERRORS as error:
        print(f"preview: {error}", file=sys.stderr)
        return 1
    broken = policy_violations(plan)
    if options.json:
        print(plan_report.to_json(plan, broken, TASK_DEFINITIONS))
    else:
        wide = None if sys.stdout.isatty() else PIPE_WIDTH
        console = Console(width=wide, highlight=False)
        plan_report.print_plan(plan, broken, TASK_DEFINITIONS, console, options.full)
    return int(any(violation.enforcement == "mandatory" for violation in broken))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make preview", description=__doc__)
    parser.add_argument("--stack", default="staging", help="staging, prod: has Pulumi.<stack>.yaml")
    parser.add_argument("--engine", choices=("auto", "process", "pulumi"), default="auto")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--full", action="store_true", help="show each resource on its own line")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
