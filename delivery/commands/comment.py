"""Renders previews as one Markdown comment: replacements and deletions first, shouted where they
destroy data; secrets never. With --post it becomes a comment of a pull request, the same one each
time."""

from __future__ import annotations

import argparse
from pathlib import Path

from delivery.context import Context
from delivery.github import own_comment
from delivery.github.client import connect
from delivery.previews.comment_body import LIMIT, SUMMARY_LIMIT, body
from delivery.previews.reading import read_previews
from delivery.shared import options
from delivery.shared.errors import InputError

MARKER = "<!-- plataforma:preview -->"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preview",
        nargs="+",
        action="extend",
        required=True,
        metavar="[STACK=]FILE",
        help="what `pulumi preview --json --show-sames` printed (--show-sames lets the rules be "
        "checked), or `python -m commands.preview --json`",
    )
    parser.add_argument(
        "--base",
        nargs="+",
        action="extend",
        default=[],
        metavar="[STACK=]FILE",
        help="in-process previews of the branch to merge into, to compare in-process ones with",
    )
    parser.add_argument(
        "--waits",
        nargs="+",
        action="extend",
        default=[],
        metavar="[STACK=]FILE",
        help="in-process previews, or outputs as STACK=FILE, that say how long rollouts wait: the "
        "real engine's preview does not know it of services that are new",
    )
    parser.add_argument("--title", default="What this would change")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there")
    parser.add_argument("--post", action="store_true", help="make or update the comment")
    parser.add_argument("--pr", type=int, metavar="N", help="the pull request's number")
    options.add_github(parser, "comment may be updated")
    options.add_dry_run(parser)


def run(given: argparse.Namespace, context: Context) -> int:
    previews = read_previews(given.preview, given.base, given.waits)
    text = body(previews, MARKER, given.title, LIMIT)
    context.console.summary(body(previews, MARKER, given.title, SUMMARY_LIMIT))
    if given.output:
        given.output.write_text(text, encoding="utf-8")
    if given.post:
        _post(given, text, context)
    elif not given.output:
        context.console.raw(text)
    return 0


def _post(given: argparse.Namespace, text: str, context: Context) -> None:
    if given.pr is None:
        raise InputError("--post needs --pr N, the pull request's number")
    github = connect(given.repo, context.environment, context.clock)
    done = own_comment.write(github, given.pr, MARKER, given.author, text, dry_run=given.dry_run)
    context.console.line(done)
