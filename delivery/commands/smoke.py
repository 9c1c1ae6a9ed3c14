"""A few HTTP checks of a deployed address, each tried again until it passes or time is up."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from delivery.context import Context
from delivery.github.markdown import code
from delivery.shared.clock import Deadline
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.outputs import read_outputs
from delivery.smoke import checks
from delivery.smoke.checks import FailedCheck
from delivery.smoke.http import Web

TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class Outcome:
    name: str
    ok: bool
    words: str
    tries: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="https://... (default: the first of the outputs' urls)")
    parser.add_argument(
        "--outputs", type=Path, metavar="FILE", help="what `pulumi stack output --json` printed"
    )
    parser.add_argument(
        "--version", help="what /config.json has to name; a digest counts by its first 12 digits"
    )
    parser.add_argument(
        "--version-of",
        metavar="SERVICE",
        help="the service of --outputs whose image's digest /config.json has to name",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT_SECONDS,
        metavar="SECONDS",
        help="for all checks together (default: %(default)g)",
    )
    parser.add_argument("--interval", type=float, default=3.0, metavar="SECONDS")


def run(given: argparse.Namespace, context: Context) -> int:
    url = _url(given)
    deadline = Deadline(context.clock, given.timeout)
    web = Web(url)
    named = checks.all_checks(web, _version(given))
    outcomes = [_until(name, check, deadline, given.interval) for name, check in named]
    width = max(len(outcome.name) for outcome in outcomes)
    for o in outcomes:
        context.console.line(f"{'ok  ' if o.ok else 'FAIL'}  {o.name:{width}}  {o.words}")
    rows = [
        f"| {'ok' if o.ok else '**FAIL**'} | {o.name} | {code(o.words, 300)} |" for o in outcomes
    ]
    head = [f"### Smoke test of {code(url)}", "", "| | Check | Found |", "|---|---|---|"]
    context.console.summary("\n".join([*head, *rows]))
    failed = [outcome.name for outcome in outcomes if not outcome.ok]
    if failed:
        raise DeliveryError(
            f"{url}: {len(failed)} of {len(outcomes)} checks failed: {', '.join(failed)}"
        )
    return 0


def _url(given: argparse.Namespace) -> str:
    url = given.url
    if url is None and given.outputs is not None:
        url = next(iter(read_outputs(given.outputs).urls), None)
    if url is None or not url.startswith(("http://", "https://")):
        raise InputError("say --url https://..., or --outputs FILE with urls in it")
    return str(url).rstrip("/")


def _version(given: argparse.Namespace) -> str | None:
    if given.version_of is None:
        return given.version
    if given.version is not None or given.outputs is None:
        raise InputError("--version-of goes with --outputs, and without --version")
    return read_outputs(given.outputs).service(given.version_of).digest


def _until(name: str, check: Callable[[], str], deadline: Deadline, interval: float) -> Outcome:
    """Every check has at least one try, be it late."""
    tries = 0
    while True:
        tries += 1
        try:
            return Outcome(name, True, check(), tries)
        except (FailedCheck, OSError, ValueError) as error:
            if deadline.passed:
                return Outcome(name, False, f"{error} ({tries} tries)", tries)
        deadline.pause(interval)
