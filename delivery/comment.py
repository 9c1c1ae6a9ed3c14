"""Renders previews as one Markdown comment: replacements and deletions first, shouted where they
destroy data; secrets never. With --post it becomes a comment of a pull request, the same one each
time."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from delivery import options
from delivery.comment_body import LIMIT, SUMMARY_LIMIT, body
from delivery.context import Context
from delivery.errors import InputError
from delivery.github import GitHub, connect
from delivery.preview_read import read_previews

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
    own = own_comment(github, given.pr, MARKER, given.author)
    done = f"comment {own['id']} updated" if own else "comment made"
    if given.dry_run:
        done = f"would be {done}"
    elif own:
        github.ask("PATCH", f"/issues/comments/{own['id']}", {"body": text})
    else:
        github.ask("POST", f"/issues/{given.pr}/comments", {"body": text})
    context.console.line(f"pull request {given.pr}: {done} ({len(text)} characters)")


def own_comment(github: GitHub, number: int, marker: str, author: str) -> dict[str, Any] | None:
    """The comment of `author` that begins with the marker; another's that does is left alone."""
    for comment in github.all(f"/issues/{number}/comments"):
        is_own = (comment.get("user") or {}).get("login") == author
        if is_own and str(comment.get("body") or "").startswith(marker):
            return comment
    return None
