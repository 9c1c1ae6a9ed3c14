"""Renders previews as one Markdown comment: data loss first, then replacements and deletions, with
secrets redacted. With --post it creates or updates the one such comment of a pull request."""

from __future__ import annotations

import argparse
from pathlib import Path

from delivery.context import Context
from delivery.github import own_comment
from delivery.github.repository import connect
from delivery.previews.comment_body import LIMIT, SUMMARY_LIMIT, body
from delivery.previews.reading import read_previews
from delivery.shared import options
from delivery.shared.errors import InputError

MARKER = "<!-- plataforma:preview -->"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_preview(
        parser,
        "the output of `pulumi preview --json --show-sames` (without --show-sames no policy rule "
        "is checked) or of `python -m commands.preview --engine process --json`",
    )
    parser.add_argument(
        "--base",
        nargs="*",
        action="extend",
        default=[],
        metavar="[STACK=]FILE",
        help="in-process previews of the base branch, to compare in-process previews with",
    )
    parser.add_argument(
        "--waits",
        nargs="*",
        action="extend",
        default=[],
        metavar="[STACK=]FILE",
        help="in-process previews, or stack outputs as STACK=FILE, to take the waits of rollouts "
        "from: the real engine's preview does not have those of new services",
    )
    parser.add_argument(
        "--title",
        default="What this would change",
        help="the comment's heading (default: %(default)s)",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the comment to FILE")
    parser.add_argument(
        "--post", action="store_true", help="create or update the pull request's comment"
    )
    parser.add_argument("--pr", type=int, metavar="N", help="the pull request's number")
    options.add_github(parser, "comment may be updated")
    options.add_dry_run(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    previews = read_previews(args.preview, args.base, args.waits)
    text = body(previews, MARKER, args.title, LIMIT)
    context.console.summary(body(previews, MARKER, args.title, SUMMARY_LIMIT))
    if args.output:
        args.output.write_text(text, encoding="utf-8")
    if args.post:
        _post(args, text, context)
    elif not args.output:
        context.console.raw(text)
    return 0


def _post(args: argparse.Namespace, text: str, context: Context) -> None:
    if args.pr is None:
        raise InputError("--post needs --pr N, the pull request's number")
    repository = connect(args.repo, context.environment, context.clock)
    done = own_comment.write(repository, args.pr, MARKER, args.author, text, dry_run=args.dry_run)
    context.console.line(done)
