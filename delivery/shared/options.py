"""Options that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

from settings.project import ROOT

AUTHOR = "github-actions[bot]"
POLL_SECONDS = 3.0
DRY_RUN = "print what would be done, and change nothing"


def add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--outputs",
        type=Path,
        required=True,
        metavar="FILE",
        help="the output of `pulumi stack output --json`",
    )


def add_state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        type=Path,
        required=True,
        metavar="FILE",
        help="the output of `pulumi stack export`",
    )


def add_preview(parser: argparse.ArgumentParser, maker: str) -> None:
    """`maker` says what writes the files."""
    parser.add_argument(
        "--preview",
        nargs="+",
        action="extend",
        required=True,
        metavar="[STACK=]FILE",
        help=maker,
    )


LONGEST_WAIT = (
    "three times the slowest service's deployWaitSeconds, for a healthy rollout, one that fails "
    "and its rollback, plus 600 s for pulling images, starting and capacity; 1200 at least"
)


def add_wait(parser: argparse.ArgumentParser, default: str = LONGEST_WAIT) -> None:
    """`default` says what --timeout is without it."""
    parser.add_argument(
        "--timeout",
        type=_positive,
        metavar="SECONDS",
        help=f"give up after this time (default: {default})",
    )
    parser.add_argument(
        "--interval",
        type=_positive,
        default=POLL_SECONDS,
        metavar="SECONDS",
        help="the time between two polls (default: %(default)g)",
    )


def add_github(parser: argparse.ArgumentParser, what: str) -> None:
    """`what` names what the command changes: only what `--author` wrote."""
    add_repository(parser)
    parser.add_argument("--author", default=AUTHOR, help=f"whose {what} (default: %(default)s)")


def add_repository(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repo", metavar="OWNER/NAME", help="default: GITHUB_REPOSITORY")


def add_project(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--project",
        type=Path,
        default=ROOT,
        metavar="FOLDER",
        help="the folder of Pulumi.yaml (default: this project)",
    )


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help=DRY_RUN)


def _positive(text: str) -> float:
    number = float(text)
    if number <= 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return number
