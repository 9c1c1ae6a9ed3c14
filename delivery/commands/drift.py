"""Keeps one issue for each stack whose resources differ from the stack file: opens it on drift,
updates it while the drift lasts, and closes it afterwards.

Reads the output of `pulumi preview --refresh --expect-no-changes --json`; the exit code of that
command can be ignored."""

from __future__ import annotations

import argparse

from delivery.context import Context
from delivery.github.models import Issue
from delivery.github.repository import Repository, connect
from delivery.previews.comment_body import LIMIT, SUMMARY_LIMIT, body, headline
from delivery.previews.model import Preview
from delivery.previews.reading import read_previews
from delivery.shared import options
from delivery.shared.errors import DeliveryError

LABEL = "drift"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_preview(
        parser, "the output of `pulumi preview --refresh --expect-no-changes --json`"
    )
    options.add_github(parser, "issues may be changed")
    parser.add_argument(
        "--no-issue", action="store_true", help="change no issue; exit with 1 on drift"
    )
    options.add_dry_run(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    previews = read_previews(args.preview)
    for preview in previews:
        context.console.line(f"{preview.stack}: {headline(preview).replace('**', '')}")
    context.console.summary(body(previews, "<!-- plataforma:drift -->", "Drift", SUMMARY_LIMIT))
    if not args.no_issue:
        repository = connect(args.repo, context.environment, context.clock)
        for preview in previews:
            done = _update_issue(repository, preview, args.author, dry_run=args.dry_run)
            context.console.line(f"{preview.stack}: {done}")
    failed = [preview.stack for preview in previews if preview.errors]
    if failed:
        raise DeliveryError(f"the preview failed, so drift is unknown: {', '.join(failed)}")
    return int(args.no_issue and any(preview.changes for preview in previews))


def marker(stack: str) -> str:
    return f"<!-- plataforma:drift {stack} -->"


def _update_issue(repository: Repository, preview: Preview, author: str, *, dry_run: bool) -> str:
    """Opens, updates or closes the stack's issue. Returns a sentence that says which."""
    issue = _find(repository, preview.stack, author)
    has_drift = bool(preview.changes or preview.errors)
    would_be = "would be " if dry_run else ""
    if issue is None:
        if not has_drift:
            return "no drift, no issue"
        return "an issue would be opened" if dry_run else _open(repository, preview)
    if not dry_run:
        if has_drift:
            repository.update_issue(issue.number, _title(preview), _body(preview))
        else:
            _close(repository, issue)
    return f"issue {issue.number} {would_be}{'updated' if has_drift else 'closed'}"


def _find(repository: Repository, stack: str, author: str) -> Issue | None:
    for issue in repository.open_issues(LABEL):
        if issue.is_by(author, marker(stack)) and not issue.is_pull_request:
            return issue
    return None


def _open(repository: Repository, preview: Preview) -> str:
    number = repository.create_issue(_title(preview), _body(preview), [LABEL])
    return f"issue {number} opened"


def _close(repository: Repository, issue: Issue) -> None:
    repository.create_comment(
        issue.number, "The drift is gone: the stack's resources are as the stack file says again."
    )
    repository.close_issue(issue.number)


def _title(preview: Preview) -> str:
    return f"Drift in {preview.stack}"


def _body(preview: Preview) -> str:
    text = body([preview], marker(preview.stack), "Drift", LIMIT - 1000)
    return text + (
        "\nSomething changed outside the stack. Either write the change into the stack file, or "
        "let the next `pulumi up` undo it. To see it yourself: "
        f"`pulumi preview --refresh --stack {preview.stack}`.\n"
    )
