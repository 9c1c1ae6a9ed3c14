"""Finds the environments of pull requests that are closed, have lost the label, or that nobody has
updated for long, and with --run destroys them. Touches no stack but those named pr<number>."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from delivery.commands.environment import PULL_REQUEST_TAG
from delivery.context import Context
from delivery.github.client import GitHub, GitHubError, connect
from delivery.github.markdown import code
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.json_file import read_json
from delivery.shared.pulumi_cli import PulumiError, pulumi

EPHEMERAL = re.compile(r"pr[1-9][0-9]{0,8}")
MAKER = f"pulumi stack ls --tag {'='.join(PULL_REQUEST_TAG)} --json"
DAYS = 7
LABEL = "environment"
"""Of a pull request with conflicts GitHub runs no workflow: nothing else hears that it is gone."""


class StackListed(BaseModel):
    """One stack as `pulumi stack ls --json` lists it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    last_update: datetime | None = Field(default=None, alias="lastUpdate")
    updating: bool = Field(default=False, alias="updateInProgress")

    @property
    def short_name(self) -> str:
        """`pr12` of organization/project/pr12."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True)
class Verdict:
    """What becomes of a stack, and why."""

    stack: StackListed
    sweep: bool
    reason: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stacks", type=Path, metavar="FILE", help=f"what `{MAKER}` printed (default: it is run)"
    )
    parser.add_argument("--repo", metavar="OWNER/NAME", help="default: GITHUB_REPOSITORY")
    parser.add_argument(
        "--days",
        type=float,
        default=DAYS,
        help="not updated for so long is orphaned, though its pull request is open "
        "(default: %(default)g)",
    )
    parser.add_argument(
        "--only", type=int, metavar="N", help="only the environment of pull request N"
    )
    parser.add_argument(
        "--closing",
        action="store_true",
        help="with --only: its pull request is being closed or has lost its label, so do not ask",
    )
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--run", action="store_true", help="destroy them: pulumi destroy, stack rm")
    act.add_argument("--dry-run", action="store_true", help="only list them: the default")


def run(given: argparse.Namespace, context: Context) -> int:
    if given.closing and given.only is None:
        raise InputError("--closing needs --only N, the pull request that is being closed")
    stacks = _stacks(given.stacks)
    if given.only is not None:
        stacks = [stack for stack in stacks if stack.short_name == f"pr{given.only}"]
        if not stacks:
            context.console.line(f"pull request {given.only} has no environment")
    verdicts = list(_verdicts(stacks, given, context))
    for verdict in verdicts:
        what = "orphaned" if verdict.sweep else "left alone"
        context.console.line(f"{verdict.stack.name}: {what}: {verdict.reason}")
    orphans = [verdict.stack for verdict in verdicts if verdict.sweep]
    context.console.summary(_summary(verdicts, given.run))
    if not given.run:
        context.console.line(f"{len(orphans)} to destroy; --run destroys them")
        return 0
    return _destroy_all(orphans, context, closing=given.closing)


def _stacks(path: Path | None) -> list[StackListed]:
    raw = read_json(path, MAKER) if path else _listed()
    try:
        return TypeAdapter(list[StackListed]).validate_python(raw)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        said = error.errors()[0]["msg"]
        raise InputError(
            f"{path or MAKER}: {where}: {said}. It is what `{MAKER}` prints."
        ) from None


def _listed() -> object:
    return json.loads(pulumi(*MAKER.split()[1:]))


def _verdicts(
    stacks: list[StackListed], given: argparse.Namespace, context: Context
) -> Iterator[Verdict]:
    github: GitHub | None = None
    for stack in sorted(stacks, key=lambda s: s.name):
        if not EPHEMERAL.fullmatch(stack.short_name):
            yield Verdict(stack, False, "not named pr<number>")
        elif stack.updating:
            yield Verdict(stack, False, "it is being updated")
        elif given.closing:
            yield Verdict(stack, True, "its pull request is being closed")
        else:
            github = github or connect(given.repo, context.environment, context.clock)
            yield _judged(github, stack, timedelta(days=given.days))


def _judged(github: GitHub, stack: StackListed, longest: timedelta) -> Verdict:
    """Each pull request is asked for by itself: a list cut short must not close any."""
    number = stack.short_name.removeprefix("pr")
    try:
        pull = github.ask("GET", f"/pulls/{number}")
    except GitHubError as error:
        if error.status != 404:
            raise
        return Verdict(stack, True, f"there is no pull request {number}")
    state = str(pull.get("state"))
    if state == "closed":
        return Verdict(stack, True, f"pull request {number} is closed")
    if state != "open":
        return Verdict(stack, False, f"pull request {number} is {state}")
    if LABEL not in {label["name"] for label in pull["labels"]}:
        return Verdict(stack, True, f"pull request {number} has no label {LABEL}")
    if stack.last_update is None:
        return Verdict(stack, False, f"pull request {number} is open")
    age = datetime.now(UTC) - stack.last_update
    if age > longest:
        return Verdict(stack, True, f"not updated for {age.days} days")
    return Verdict(stack, False, f"pull request {number} is open, updated {age.days} days ago")


def _destroy_all(stacks: list[StackListed], context: Context, *, closing: bool) -> int:
    """One that fails does not keep the others."""
    failed: list[str] = []
    for stack in stacks:
        try:
            _destroy(stack, context, cancel=closing)
        except DeliveryError as error:
            context.console.error(str(error))
            failed.append(stack.name)
    if failed:
        raise DeliveryError(
            f"{len(failed)} of {len(stacks)} were not destroyed: {', '.join(failed)}. Look at the "
            "lines above, then run `pulumi destroy --stack NAME` yourself."
        )
    context.console.line(f"{len(stacks)} destroyed")
    return 0


def _destroy(stack: StackListed, context: Context, *, cancel: bool) -> None:
    """`cancel`: nothing else can be at work on it, so a lock is that of a run that was killed."""
    if not EPHEMERAL.fullmatch(stack.short_name):
        raise AssertionError(f"{stack.name} is not an ephemeral environment")
    commands = [("destroy", "--yes", "--skip-preview"), ("stack", "rm", "--yes")]
    for command in [("cancel", "--yes"), *commands] if cancel else commands:
        line = [*command, "--stack", stack.name]
        context.console.line(f"pulumi {' '.join(line)}")
        try:
            pulumi(*line, shown=True)
        except PulumiError as error:
            raise DeliveryError(f"{stack.name}: {error}") from None


def _summary(verdicts: list[Verdict], runs: bool) -> str:
    swept = "to be destroyed" if runs else "orphaned"
    rows = [
        f"| {code(v.stack.name)} | {swept if v.sweep else 'kept'} | {v.reason} |" for v in verdicts
    ]
    return "\n".join(["### Environments", "", "| Stack | | Why |", "|---|---|---|", *rows])
