"""Lists the environments of pull requests that are closed, have no label `environment`, or were not
updated for --days. With --run it destroys them. It touches only stacks named pr<number>."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from delivery.context import Context
from delivery.github.markdown import code
from delivery.github.repository import Repository, connect
from delivery.shared import options, state_locks
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.json_file import read_json
from delivery.shared.pulumi_cli import PulumiError, pulumi
from delivery.stack_files.environment_file import LABEL, PULL_REQUEST_TAG
from settings.project import ROOT

EPHEMERAL = re.compile(r"pr[1-9][0-9]{0,8}")
MAKER = f"pulumi stack ls --tag {'='.join(PULL_REQUEST_TAG)} --json"
DAYS = 7


class Stack(BaseModel):
    """One stack as `pulumi stack ls --json` lists it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    last_update: datetime | None = Field(default=None, alias="lastUpdate")
    updating: bool = Field(default=False, alias="updateInProgress")

    @property
    def short_name(self) -> str:
        """`pr12` of organization/project/pr12."""
        return self.name.rpartition("/")[2]

    @property
    def number(self) -> int:
        """The pull request's."""
        return int(self.short_name.removeprefix("pr"))


@dataclass(frozen=True)
class Verdict:
    """Whether a stack is an orphan, and why."""

    stack: Stack
    orphaned: bool
    reason: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stacks", type=Path, metavar="FILE", help=f"the output of `{MAKER}` (default: runs it)"
    )
    options.add_repository(parser)
    parser.add_argument(
        "--days",
        type=float,
        default=DAYS,
        help="an environment that was not updated for so many days is orphaned, even if its pull "
        "request is open (default: %(default)g)",
    )
    parser.add_argument(
        "--only", type=int, metavar="N", help="only the environment of pull request N"
    )
    parser.add_argument(
        "--closing",
        action="store_true",
        help="with --only: its pull request was closed or has lost its label; do not ask GitHub",
    )
    parser.add_argument(
        "--unlock",
        action="store_true",
        help="wait for a run that has the lock, and take away one that is older than any job may "
        "be",
    )
    parser.add_argument(
        "--numbers",
        type=Path,
        metavar="FILE",
        help="write the pull requests of the orphans (with --run: of those that were destroyed) "
        "there, for a job's matrix",
    )
    act = parser.add_mutually_exclusive_group()
    act.add_argument(
        "--run", action="store_true", help="destroy them: `pulumi destroy` and `pulumi stack rm`"
    )
    act.add_argument("--dry-run", action="store_true", help="only list them (default)")


def run(args: argparse.Namespace, context: Context) -> int:
    if args.closing and args.only is None:
        raise InputError("--closing needs --only N, the pull request that is being closed")
    stacks = _stacks(args.stacks)
    if args.only is not None:
        stacks = [stack for stack in stacks if stack.short_name == f"pr{args.only}"]
        if not stacks:
            context.console.line(f"pull request {args.only} has no environment")
    verdicts = list(_verdicts(stacks, args, context))
    for verdict in verdicts:
        what = "orphaned" if verdict.orphaned else "kept"
        context.console.line(f"{verdict.stack.name}: {what}: {verdict.reason}")
    orphans = [verdict.stack for verdict in verdicts if verdict.orphaned]
    context.console.summary(_summary(verdicts, args.run))
    if not args.run:
        context.console.line(f"{len(orphans)} to destroy; --run destroys them")
    else:
        _destroy_all(orphans, context, unlock=args.unlock)
    if args.numbers:
        numbers = [str(stack.number) for stack in orphans]
        args.numbers.write_text(json.dumps(numbers), encoding="utf-8")
    return 0


def _stacks(path: Path | None) -> list[Stack]:
    raw = read_json(path, MAKER) if path else json.loads(pulumi(*MAKER.split()[1:]))
    try:
        return TypeAdapter(list[Stack]).validate_python(raw)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        message = error.errors()[0]["msg"]
        raise InputError(f"{path or 'the output'} of `{MAKER}`: {where}: {message}") from None


def _verdicts(stacks: list[Stack], args: argparse.Namespace, context: Context) -> Iterator[Verdict]:
    repository: Repository | None = None
    for stack in sorted(stacks, key=lambda s: s.name):
        if not EPHEMERAL.fullmatch(stack.short_name):
            yield Verdict(stack, False, "not named pr<number>")
        elif stack.updating:
            yield Verdict(stack, False, "an update is in progress")
        elif args.closing:
            yield Verdict(stack, True, "its pull request was closed or has lost its label")
        else:
            repository = repository or connect(args.repo, context.environment, context.clock)
            yield _verdict(repository, stack, timedelta(days=args.days))


def _verdict(repository: Repository, stack: Stack, max_age: timedelta) -> Verdict:
    """Asks for each pull request by itself: with a list, an incomplete answer would look as if pull
    requests were closed."""
    number = stack.number
    pull_request = repository.pull_request(number)
    if pull_request is None:
        return Verdict(stack, True, f"there is no pull request {number}")
    if pull_request.state == "closed":
        return Verdict(stack, True, f"pull request {number} is closed")
    if pull_request.state != "open":
        return Verdict(stack, False, f"pull request {number} is {pull_request.state}")
    if LABEL not in pull_request.label_names:
        return Verdict(stack, True, f"pull request {number} has no label {LABEL}")
    if stack.last_update is None:
        return Verdict(stack, False, f"pull request {number} is open")
    age = datetime.now(UTC) - stack.last_update
    if age > max_age:
        return Verdict(stack, True, f"not updated for {age.days} days")
    return Verdict(stack, False, f"pull request {number} is open, updated {age.days} days ago")


def _destroy_all(stacks: list[Stack], context: Context, *, unlock: bool) -> None:
    """Goes on with the next stack where one fails."""
    failed: list[str] = []
    for stack in stacks:
        try:
            _destroy(stack, context, unlock=unlock)
        except DeliveryError as error:
            context.console.error(str(error))
            failed.append(stack.name)
    if failed:
        raise DeliveryError(
            f"{len(failed)} of {len(stacks)} were not destroyed: {', '.join(failed)}. Read the "
            "lines above, then run `pulumi destroy --stack NAME` yourself."
        )
    context.console.line(f"{len(stacks)} destroyed")


def _destroy(stack: Stack, context: Context, *, unlock: bool) -> None:
    if not EPHEMERAL.fullmatch(stack.short_name):
        raise AssertionError(f"{stack.name} is not an ephemeral environment")
    if unlock:
        state_locks.release_outlived(stack.name, ROOT, context)
    for command in (("destroy", "--yes", "--skip-preview"), ("stack", "rm", "--yes")):
        line = [*command, "--stack", stack.name]
        context.console.line(f"pulumi {' '.join(line)}")
        try:
            pulumi(*line, shown=True)
        except PulumiError as error:
            raise DeliveryError(f"{stack.name}: {error}") from None


def _summary(verdicts: list[Verdict], runs: bool) -> str:
    orphaned = "to be destroyed" if runs else "orphaned"
    rows = [
        f"| {code(v.stack.name)} | {orphaned if v.orphaned else 'kept'} | {v.reason} |"
        for v in verdicts
    ]
    return "\n".join(["### Environments", "", "| Stack | | Why |", "|---|---|---|", *rows])
