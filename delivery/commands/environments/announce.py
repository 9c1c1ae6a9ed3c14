"""Creates or updates the one comment of a pull request that shows its environment: the address, a
failure, or that the environment was removed."""

from __future__ import annotations

import argparse

from delivery.context import Context
from delivery.github import own_comment
from delivery.github.markdown import code
from delivery.github.repository import Repository, connect
from delivery.shared import options
from delivery.shared.errors import InputError
from delivery.stack_files.environment_file import LABEL

MARKER = "<!-- plataforma:environment -->"
RESULTS = ("success", "failure", "cancelled", "skipped")
"""The results of a job in GitHub Actions."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pr", type=int, required=True, metavar="N", help="the pull request's number"
    )
    for job, verb in (("deployed", "deploys"), ("destroyed", "destroys")):
        parser.add_argument(
            f"--{job}",
            required=True,
            choices=RESULTS,
            help=f"the result of the job that {verb} the environment",
        )
    parser.add_argument(
        "--url", default="", metavar="URL", help="its address; none where no service has a route"
    )
    parser.add_argument("--commit", default="", metavar="SHA", help="the commit that is deployed")
    parser.add_argument("--run-url", default="", metavar="URL", help="the run of the workflow")
    options.add_github(parser, "comment may be updated")
    options.add_dry_run(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    text = f"{MARKER}\n**Environment** pr{args.pr}{_status(args)}\n"
    repository = connect(args.repo, context.environment, context.clock)
    if args.destroyed == "skipped" and not _is_wanted(repository, args.pr):
        context.console.line(f"pull request {args.pr} wants no environment: its removal says so")
        return 0
    done = own_comment.write(repository, args.pr, MARKER, args.author, text, dry_run=args.dry_run)
    context.console.line(done)
    return 0


def _is_wanted(repository: Repository, number: int) -> bool:
    """A run that was under way when its pull request was closed ends after the removal."""
    found = repository.pull_request(number)
    return found is not None and found.state == "open" and LABEL in found.label_names


def _status(args: argparse.Namespace) -> str:
    commit = f" of {code(args.commit[:12])}" if args.commit else ""
    log = f" [Log]({args.run_url})" if args.run_url else ""
    if args.destroyed == "success":
        return f" is removed.{log}"
    if args.destroyed != "skipped":
        return f" is only partly removed. The nightly sweep tries again.{log}"
    if args.deployed != "success":
        return f"{commit} was not deployed completely. The next push tries again.{log}"
    if args.url and not args.url.startswith("https://"):
        raise InputError(f"--url must be https://..., and not {args.url!r}")
    address = f": {args.url}" if args.url else " runs; it has no address."
    return (
        f"{commit}{address}\n\nEach push updates it. Removing the label or closing the pull "
        f"request removes the environment with all its data.{log}"
    )
