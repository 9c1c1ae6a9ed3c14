"""Checks a deployed site over HTTP. Each check is repeated until it passes or the time is up."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from delivery.context import Context
from delivery.github.markdown import code
from delivery.shared.clock import Deadline
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.outputs import read_outputs
from delivery.smoke import checks
from delivery.smoke.checks import FailedCheck
from delivery.smoke.http import Site

TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class Outcome:
    name: str
    ok: bool
    found: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="https://... (default: the first of the outputs' urls)")
    parser.add_argument(
        "--outputs", type=Path, metavar="FILE", help="what `pulumi stack output --json` printed"
    )
    parser.add_argument(
        "--version", help="the version that /config.json must hold; of a digest the first 12 digits"
    )
    parser.add_argument(
        "--version-of",
        metavar="SERVICE",
        help="the service of --outputs whose image digest /config.json must hold",
    )
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
    if args.url is None and args.outputs is not None and not read_outputs(args.outputs).urls:
        context.console.line("the stack has no address: no service has a route")
        return 0
    url = _url(args)
    deadline = Deadline(context.clock, args.timeout)
    site = Site(url)
    named = checks.all_checks(site, _version(args))
    outcomes = [_repeat(name, check, deadline, args.interval) for name, check in named]
    width = max(len(outcome.name) for outcome in outcomes)
    for o in outcomes:
        context.console.line(f"{'ok  ' if o.ok else 'FAIL'}  {o.name:{width}}  {o.found}")
    rows = [
        f"| {'ok' if o.ok else '**FAIL**'} | {o.name} | {code(o.found, 300)} |" for o in outcomes
    ]
    head = [f"### Smoke test of {code(url)}", "", "| | Check | Found |", "|---|---|---|"]
    context.console.summary("\n".join([*head, *rows]))
    failed = [outcome.name for outcome in outcomes if not outcome.ok]
    if failed:
        raise DeliveryError(
            f"{url}: {len(failed)} of {len(outcomes)} checks failed: {', '.join(failed)}"
        )
    return 0


def _url(args: argparse.Namespace) -> str:
    url = args.url
    if url is None and args.outputs is not None:
        url = next(iter(read_outputs(args.outputs).urls), None)
    if url is None or not url.startswith(("http://", "https://")):
        raise InputError("give --url https://..., or --outputs FILE that holds urls")
    return str(url).rstrip("/")


def _version(args: argparse.Namespace) -> str | None:
    if args.version_of is None:
        return args.version
    if args.version is not None or args.outputs is None:
        raise InputError("--version-of needs --outputs, and excludes --version")
    return read_outputs(args.outputs).service(args.version_of).digest


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
