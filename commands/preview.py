"""Previews a stack with no account: `make preview`.

It shows what a change would do: against what is committed, or with the Pulumi CLI against the
state that `make up` made.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
from rich.console import Console

from commands import committed
from commands.committed import NotComparedError
from commands.output import write
from delivery.previews.grouping import parts_of
from delivery.previews.process import preview_of
from delivery.previews.risks import as_dicts
from delivery.previews.terminal import LABEL_WIDTH, Ending, print_preview
from policies.check import Violation, violations
from settings import stack_config
from settings.project import ROOT
from settings.stack_file import StackFileError, file_name
from simulation import engine, process
from simulation.changes.comparison import compare, with_contexts
from simulation.cli.local_files import tidy
from simulation.outputs import NotSimulatedError
from simulation.plan import Plan
from simulation.report import plan_report
from simulation.report.needs import needs
from simulation.report.price import price_lines

TASK_DEFINITIONS = Path("infra/aws")
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
PIPE_WIDTH = 200
EXPECTED_ERRORS = (
    pulumi.RunError,
    engine.EngineError,
    StackFileError,
    NotSimulatedError,
    NotComparedError,
)
CLOUDFRONTS_NAME = "CloudFront's own, known after the first deployment"
MADE_BY = {
    "process": "made in process, without the Pulumi engine",
    "pulumi": "made by the real Pulumi engine",
}


def preview(stack: str, choice: str, against: str | None, notes: Console) -> Plan:
    """What would change of a stack; `choice` of the engine is auto, process or pulumi.

    Auto is the real engine where its CLI is here and `make up` has made the stack; else, and with
    `against`, the working tree is compared with a commit.

    Errors: EngineError where pulumi is chosen and missing; whatever the program raises.
    """
    is_made = choice == "auto" and against is None and engine.has_state(stack, ROOT)
    if choice != "pulumi" and not is_made:
        return _against_commit(stack, against, notes)
    cli = engine.find_pulumi()
    if cli.path is None and choice == "pulumi":
        raise engine.EngineError(cli.reason)
    if cli.path is None:
        notes.print(f"Not compared with {engine.STATE}: {cli.reason}", style="dim")
        return _against_commit(stack, against, notes)
    for name in engine.ignored():
        notes.print(f"{name} is set; this simulation ignores it.", style="dim")
    return _by_the_engine(stack, cli.path)


def _against_commit(stack: str, against: str | None, notes: Console) -> Plan:
    """The changes against a commit, HEAD unless `against` names one; both are planned at once.

    Errors: NotComparedError where `against` cannot be compared with.
    """
    stack_config.read(stack, ROOT)  # of two broken files, that of the working tree is named
    try:
        commit = committed.find(against or "HEAD", ROOT)
        if committed.is_unchanged(commit, ROOT):
            plan = process.preview(stack, ROOT)
            return compare(plan, plan, commit.name)
        with committed.planning(commit, stack, ROOT) as planned:
            plan = with_contexts(process.preview(stack, ROOT), ROOT)
            before = planned()
    except NotComparedError as error:
        if against is not None:
            raise
        notes.print(f"Everything is shown as new: {str(error).rstrip('.')}.", style="dim")
        return process.preview(stack, ROOT)
    old, new = before.ciphertexts, committed.ciphertexts(stack, ROOT)
    changed = tuple(path for path, text in new.items() if old.get(path, text) != text)
    return replace(compare(plan, before.plan, commit.name), encrypted=changed)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    notes = console(stderr=True, soft_wrap=True)
    try:
        if options.json and options.engine == "process" and options.against is None:
            plan = process.preview(options.stack, ROOT)
        else:
            plan = preview(options.stack, options.engine, options.against, notes)
    except EXPECTED_ERRORS as error:
        print(f"preview: {error}", file=sys.stderr)
        return 1
    plan = _ordered(plan)
    broken = violations(plan.after, plan.stack)
    if options.json:
        write(_json(plan, broken) + "\n")
    else:
        write(_printed(plan, broken, options.full))
    return int(bool(plan.errors) or any(one.enforcement == "mandatory" for one in broken))


def _ordered(plan: Plan) -> Plan:
    """By type and name, parents first: the real engine has another order each time."""
    return replace(plan, resources=tuple(sorted(plan.resources, key=lambda one: one.urn)))


def _by_the_engine(stack: str, pulumi_cli: Path) -> Plan:
    try:
        return engine.preview(stack, ROOT, pulumi_cli)
    finally:
        tidy(engine.local_folder(ROOT))


def _json(plan: Plan, broken: Sequence[Violation]) -> str:
    """With the findings of the text."""
    preview = preview_of(plan, broken)
    counts = {**preview.count, "same": preview.same}
    return plan_report.to_json(plan, counts, as_dicts(preview), broken, TASK_DEFINITIONS)


def _printed(plan: Plan, broken: Sequence[Violation], full: bool) -> str:
    """The preview as text, with colours where standard output is a terminal."""
    wide = None if sys.stdout.isatty() else PIPE_WIDTH
    screen = console(width=wide)
    preview = preview_of(plan, broken)
    ending = Ending(
        addresses=[_address(str(url)) for url in plan.outputs.get("urls") or ()],
        made_by=MADE_BY[plan.engine],
        next_step=_next_step(plan, broken, full),
        price=price_lines(plan, full or preview.lists_all, screen.width - LABEL_WIDTH),
        notes=_notes(plan, full),
    )
    with screen.capture() as captured:
        if full:
            plan_report.print_tree(plan, screen)
        print_preview(preview, parts_of(plan), ending, screen, full)
    return captured.get()


def console(**options: Any) -> Console:
    """With NO_COLOR set without bold and dim text too, which Rich keeps."""
    if os.environ.get("NO_COLOR"):
        options["color_system"] = None
    return Console(highlight=False, **options)


def _address(url: str) -> str:
    """Without a domain it is CloudFront's, which gives it as it makes the distribution."""
    return CLOUDFRONTS_NAME if "${" in url else url


def _notes(plan: Plan, full: bool) -> list[str]:
    """Warnings, and the quotas that do not suffice; of a change, those that it needs more of."""
    had = {one.quota: one.deploying for one in needs(replace(plan, resources=plan.before))}
    found = needs(replace(plan, resources=plan.after))
    shown = [n for n in found if full or (n.exceeds and n.deploying > had.get(n.quota, 0))]
    return [*(f"warning: {text}" for text in plan.warnings), *(f"Needs {need}" for need in shown)]


def _next_step(plan: Plan, broken: Sequence[Violation], full: bool) -> str:
    changed = {one.type for one in plan.resources if one.operation not in ("same", "read")}
    if plan.errors or any(one.enforcement == "mandatory" for one in broken):
        return "mend what is refused above, and preview again"
    render = "make taskdefs, " if TASK_DEFINITION in changed else ""
    real = f"{render}commit, open a pull request: it is previewed against what runs on AWS"
    if plan.engine == "pulumi" and changed:
        return f"make up STACK={plan.stack} does this in the simulation; for AWS: {real}"
    if plan.against and (changed or plan.encrypted):
        return real
    edit = f"edit {file_name(plan.stack)} (keys: docs/config.md) and preview again"
    more = "" if full else f"; every resource: make preview STACK={plan.stack} ARGS=--full"
    return edit + more


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make preview", description=__doc__)
    parser.add_argument("--stack", default="staging", help="staging, prod: has Pulumi.<stack>.yaml")
    parser.add_argument("--engine", choices=("auto", "process", "pulumi"), default="auto")
    parser.add_argument(
        "--against", metavar="REF", help="compare with this commit, branch or tag (else HEAD)"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the plan as JSON; with --engine process, and without --against, compared with "
        "nothing",
    )
    parser.add_argument("--full", action="store_true", help="show every resource and property")
    options = parser.parse_args(arguments)
    if options.against and options.engine == "pulumi":
        parser.error("--against does not go with --engine pulumi")
    return options


if __name__ == "__main__":
    sys.exit(main())
