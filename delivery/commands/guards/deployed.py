"""Prints the commit that a stack runs, as a line for GITHUB_OUTPUT: that of the last complete
`pulumi up`. With --not-after it fails where a later commit than that one was deployed, or begun:
a run that is started again has the commit of its own event, however old."""

from __future__ import annotations

import argparse
from pathlib import Path

from delivery.context import Context
from delivery.shared import git, options
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.update_history import updates_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", required=True, metavar="NAME", help="e.g. staging")
    parser.add_argument(
        "--not-after",
        metavar="COMMIT",
        help="fail where the stack's newest update has a later commit than this",
    )
    options.add_project(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    updates = updates_of(args.stack, args.project)
    if args.not_after:
        newest = next((update.commit for update in updates if update.commit), "")
        context.console.line(_compared(args.stack, newest, args.not_after, args.project))
        return 0
    commit = next((update.commit for update in updates if update.is_complete), "")
    if not commit:
        raise DeliveryError(
            f"{args.stack}: its state knows no complete deployment of a commit. Deploy main."
        )
    if not _has(commit, args.project):
        raise DeliveryError(
            f"{args.stack} runs the commit {commit}, which this clone does not have. Push it from "
            "where it was deployed by hand, or roll back by revision: operation rollback-revision."
        )
    context.console.raw(f"commit={commit}")
    return 0


def _compared(stack: str, newest: str, commit: str, project: Path) -> str:
    """Errors: DeliveryError where `commit` is before the newest; InputError in a shallow clone,
    in which that cannot be seen."""
    if git.is_shallow(project):
        raise InputError("the clone is shallow: fetch-depth: 0, or `git fetch --unshallow`")
    mine = git.ask(project, "rev-parse", "--verify", f"{commit}^{{commit}}")
    if mine.returncode:
        raise InputError(f"--not-after {commit}: git knows no such commit")
    if not newest:
        return f"{stack}: nothing was deployed before"
    if not _has(newest, project):
        return f"{stack}: its newest commit {newest[:12]} is none of this clone's"
    is_before = git.ask(project, "merge-base", "--is-ancestor", commit, newest).returncode == 0
    if is_before and mine.stdout.strip() != newest:
        raise DeliveryError(
            f"{stack} has the commit {newest[:12]}, which is after {mine.stdout[:12]}. Nothing was "
            "changed: to go back, revert on main, or use the operation rollback-digests."
        )
    return f"{stack}: its newest commit is {newest[:12]}, and {mine.stdout[:12]} is not before it"


def _has(commit: str, project: Path) -> bool:
    return not git.ask(project, "cat-file", "-e", f"{commit}^{{commit}}").returncode
