"""Says in one comment of a pull request, the same one each time, how its environment is: its
address, that it failed, or that it is gone."""

from __future__ import annotations

import argparse

from delivery.context import Context
from delivery.github import own_comment
from delivery.github.client import connect
from delivery.github.markdown import code
from delivery.shared import options
from delivery.shared.errors import InputError

MARKER = "<!-- plataforma:environment -->"
RESULTS = ("success", "failure", "cancelled", "skipped")
"""How GitHub says that a job ended."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pr", type=int, required=True, metavar="N", help="the pull request's number"
    )
    for job in ("brought-up", "taken-down"):
        parser.add_argument(
            f"--{job}", required=True, choices=RESULTS, help="how that job ended, in GitHub's words"
        )
    parser.add_argument("--url", default="", metavar="URL", help="its address, where it is up")
    parser.add_argument("--commit", default="", metavar="SHA", help="the commit that it runs")
    parser.add_argument("--run-url", default="", metavar="URL", help="the workflow's run")
    options.add_github(parser, "comment may be updated")
    options.add_dry_run(parser)


def run(given: argparse.Namespace, context: Context) -> int:
    text = f"{MARKER}\n**Environment** pr{given.pr}{_words(given)}\n"
    github = connect(given.repo, context.environment, context.clock)
    done = own_comment.write(github, given.pr, MARKER, given.author, text, dry_run=given.dry_run)
    context.console.line(done)
    return 0


def _words(given: argparse.Namespace) -> str:
    commit = f" of {code(given.commit[:12])}" if given.commit else ""
    log = f" [What happened]({given.run_url})" if given.run_url else ""
    if given.taken_down == "success":
        return f" is removed.{log}"
    if given.taken_down != "skipped":
        return f" is not wholly removed; the nightly sweep tries again.{log}"
    if given.brought_up != "success":
        return f"{commit} is not as asked; what runs of it is kept. The next push tries again.{log}"
    if not given.url.startswith("https://"):
        raise InputError(f"--brought-up success needs --url https://..., and not {given.url!r}")
    return (
        f"{commit}: {given.url}\n\nEach push updates it. Removing the label or closing the pull "
        f"request removes it with all its data.{log}"
    )
