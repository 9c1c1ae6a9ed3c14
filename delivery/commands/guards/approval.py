"""Fails unless a GitHub environment waits for reviewers. GitHub creates an environment that a job
names and that does not exist, and one without reviewers waits for nobody."""

from __future__ import annotations

import argparse

from delivery.context import Context
from delivery.github.repository import connect
from delivery.shared import options
from delivery.shared.errors import DeliveryError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--environment", required=True, metavar="NAME", help="e.g. prod-approval")
    options.add_repository(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    repository = connect(args.repo, context.environment, context.clock)
    environment = repository.environment(args.environment)
    if environment is None or not environment.has_reviewers:
        what = "does not exist" if environment is None else "has no required reviewers"
        raise DeliveryError(
            f"GitHub's environment {args.environment} {what}, so nobody would be asked: run "
            "`make github`. Where your plan of GitHub has no required reviewers, set "
            "`approval: false` in bootstrap/Pulumi.account.yaml, and run `make workflows`."
        )
    context.console.line(f"{args.environment} waits for its reviewers")
    return 0
