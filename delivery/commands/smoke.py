"""Tests a deployed stack over its public address: each service with a route by its health path, and
by the requests of its smokeTests. Each is repeated until it passes or the time is up."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from delivery.context import Context
from delivery.github.markdown import code
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import read_outputs
from delivery.smoke import checks
from delivery.smoke.checks import FailedCheck

TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class Outcome:
    name: str
    ok: bool
    found: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_outputs(parser)
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT_SECONDS,
        metavar="SECONDS",
        help="for all checks together (default: %(default)g)",
    )
    parser.add_argument(
        "--interval",
        type=float,
        default=3.0,
        metavar="SECONDS",
        help="between two attempts (default: %(default)g)",
    )


def run(args: argparse.Namespace, context: Context) -> int:
    named = checks.all_checks(read_outputs(args.outputs))
    if not named:
        context.console.line("nothing to test: no route is open to the pipeline")
        return 0
    deadline = Deadline(context.clock, args.timeout)
    outcomes = [_repeat(name, check, deadline, args.interval) for name, check in named]
    width = max(len(outcome.name) for outcome in outcomes)
    for o in outcomes:
        context.console.line(f"{'ok  ' if o.ok else 'FAIL'}  {o.name:{width}}  {o.found}")
    rows = [
        f"| {'ok' if o.ok else '**FAIL**'} | {o.name} | {code(o.found, 300)} |" for o in outcomes
    ]
    context.console.summary(
        "\n".join(["### Smoke tests", "", "| | Test | Found |", "|---|---|---|", *rows])
    )
    failed = [outcome.name for outcome in outcomes if not outcome.ok]
    if failed:
        count = f"{len(failed)} of {len(outcomes)}"
        raise DeliveryError(f"{count} smoke tests failed: {', '.join(failed)}")
    return 0


def _repeat(name: str, check: Callable[[], str], deadline: Deadline, interval: float) -> Outcome:
    """Runs a check at least once, even after the deadline."""
    attempts = 0
    while True:
        attempts += 1
        try:
            return Outcome(name, True, check())
        except (FailedCheck, httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            if deadline.passed:
                what = str(error) or type(error).__name__
                return Outcome(name, False, f"{what} ({attempts} attempts)")
        deadline.pause(interval)
