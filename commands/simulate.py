"""Runs the real engine on simulated AWS, with local state: `make up`, `refresh`, `destroy`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from commands import INTERRUPTED
from commands.output import write
from commands.preview import EXPECTED_ERRORS
from delivery.previews.grouping import is_component, name_of, type_of
from settings import stack_file
from settings.project import ROOT
from simulation import engine
from simulation.cli import interrupted
from simulation.cli.local_files import tidy
from simulation.cli.updates import Update, followed

DONE = {
    "up": "nothing was created in AWS",
    "refresh": "AWS was not asked",
    "destroy": "nothing was deleted in AWS",
}
UNCHANGED = "unchanged"
MOST_LISTED = 20
STEPS_A_LINE = 50


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(sys.argv[1:] if arguments is None else arguments)
    cli = engine.find_pulumi()
    if cli.path is None:
        print(f"{options.action}: it needs the real engine: {cli.reason}", file=sys.stderr)
        return 1
    words = f"SIMULATION, not AWS: {options.action} of {options.stack}"
    try:
        stack_file.find(options.stack, ROOT)
        write(f"{words}, state in .pulumi-local/\n")
        if options.action != "up" and not _is_there(options.stack, ROOT):
            write(f"{options.stack} is not there: make up STACK={options.stack} makes it\n")
            return 0
        code = run(options.action, options.stack, cli.path, ROOT)
    except EXPECTED_ERRORS as error:
        print(f"{options.action}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{options.action}: interrupted; run it again", file=sys.stderr)
        return INTERRUPTED
    finally:
        tidy(engine.local_folder(ROOT))
    write(f"{words}: {DONE[options.action] if code == 0 else 'it failed'}\n")
    return code


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    name = " ".join(["make", *arguments[:1]])
    parser = argparse.ArgumentParser(prog=name, description=__doc__, allow_abbrev=False)
    parser.add_argument("action", choices=DONE)
    parser.add_argument("--stack", default="staging")
    return parser.parse_args(arguments)


def _is_there(stack: str, project: Path) -> bool:
    """Made, or begun: an interrupted update may have left a pending creation alone."""
    if engine.has_state(stack, project):
        return True
    state = engine.state_path(stack, project)
    return state.is_file() and bool(interrupted.pending(state))


def run(action: str, stack: str, pulumi: Path, project: Path) -> int:
    """Progress in place on a terminal, and a line now and then in a pipe; then what was done.

    Errors: EXPECTED_ERRORS.
    """
    log, console = engine.log_of(stack, action, project), Console(soft_wrap=True)
    with console.status(f"{action} of {stack}: what will change") as status:
        is_up = action == "up"
        urns = _previewed(stack, pulumi, project) if is_up else engine.urns(stack, project)
        total = sum(map(_is_counted, urns))

        def show_in_place(update: Update) -> None:
            status.update(f"{action} of {stack}: {update.done} of {total} resources")

        show = show_in_place if console.is_terminal else _lines(total)
        with followed(log.events, show, _is_counted) as update:
            if is_up:
                code = engine.up(stack, project, pulumi, project / "policies", log)
            else:
                act = engine.refresh if action == "refresh" else engine.destroy
                code = act(stack, project, pulumi, log)
    write("".join(f"{line}\n" for line in _summary(update, code)))
    write(f"Everything that Pulumi said: {log.text.relative_to(project)}\n")
    return code


def _previewed(stack: str, pulumi: Path, project: Path) -> list[str]:
    """The URNs that an update is to have done with. What the program, a provider or a rule refuses
    is refused here, before anything is changed.

    Errors: EngineError.
    """
    plan = engine.preview(stack, project, pulumi, project / "policies")
    return [one.urn for one in plan.resources if one.operation != "read"]


def _is_counted(urn: str) -> bool:
    """As previews count: no component, and no provider that Pulumi adds by itself, whose name
    begins with `default` (Pulumi, IsDefaultProvider)."""
    is_added = type_of(urn).startswith("pulumi:providers:") and name_of(urn).startswith("default")
    return not (is_component(urn) or is_added)


def _lines(total: int) -> Callable[[Update], None]:
    shown = 0

    def show(update: Update) -> None:
        nonlocal shown
        if update.done // STEPS_A_LINE > shown // STEPS_A_LINE:
            shown = update.done
            write(f"  {shown} of {total} resources\n")

    return show


def _summary(update: Update, code: int) -> list[str]:
    """What changed by name, where it is a few; errors last, where people look first."""
    lines = list[str]()
    for what, resources in sorted(update.resources.items()):
        if what != UNCHANGED and len(resources) <= MOST_LISTED:
            lines += [f"{what:10}{name}  {kind}" for kind, name in resources]
    counts = [f"{count} {what}" for what, count in sorted(update.counts.items())]
    lines.append(f"Resources: {', '.join(counts) or 'none'}")
    if code:
        lines += [f"Error: {text}" for text in update.errors]
    return lines


if __name__ == "__main__":
    sys.exit(main())
