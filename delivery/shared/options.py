"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

from delivery.rollouts.follow import POLL_SECONDS
from settings.project import ROOT

AUTHOR = "github-actions[bot]"
DRY_RUN = "say what would be done, and do nothing"


def add_outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--outputs",
        type=Path,
        required=True,
        metavar="FILE",
        help="what `pulumi stack output --json` printed",
    )


def add_following(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--timeout",
        type=_positive,
        metavar="SECONDS",
        help="give up after so long; by default three times the slowest service's "
        "deployWaitSeconds (a healthy rollout, one that fails, its rollback) and 600 s for images, "
        "starts and capacity",
    )
    parser.add_argument(
        "--interval",
        type=_positive,
        default=POLL_SECONDS,
        metavar="SECONDS",
        help="between two looks (default: %(default)g)",
    )


def add_github(parser: argparse.ArgumentParser, what: str) -> None:
    """`what` may be changed: that of the author alone."""
    parser.add_argument("--repo", metavar="OWNER/NAME", help="default: GITHUB_REPOSITORY")
    parser.add_argument("--author", default=AUTHOR, help=f"whose {what} (default: %(default)s)")


def add_project(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--project", type=Path, default=ROOT, metavar="FOLDER", help="default: this project"
    )


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help=DRY_RUN)


def _positive(text: str) -> float:
    number = float(text)
    if number <= 0:
        raise argparse.ArgumentTypeError("has to be above 0")
    return number
