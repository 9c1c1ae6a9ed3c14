"""Keeps one issue for each stack whose resources are no longer as the stack file says: opened when
there is drift, updated while there is, closed when it is gone.

The preview is `pulumi preview --refresh --expect-no-changes --json`, whose exit code may be
ignored: the file says more."""

from __future__ import annotations

import argparse
from typing import Any

from delivery.context import Context
from delivery.github.client import GitHub, connect
from delivery.previews.comment_body import LIMIT, SUMMARY_LIMIT, body, headline
from delivery.previews.model import Preview
from delivery.previews.reading import read_previews
from delivery.shared import options
from delivery.shared.errors import DeliveryError

LABEL = "drift"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preview",
        nargs="+",
        action="extend",
        required=True,
        metavar="[STACK=]FILE",
        help="what `pulumi preview --refresh --expect-no-changes --json` printed",
    )
    options.add_github(parser, "issues may be changed")
    parser.add_argument(
        "--no-issue", action="store_true", help="only report; exit code 1 where there is drift"
    )
    options.add_dry_run(parser)


def run(given: argparse.Namespace, context: Context) -> int:
    previews = read_previews(given.preview)
    drifted = [preview for preview in previews if preview.changes or preview.errors]
    for preview in previews:
        context.console.line(f"{preview.stack}: {headline(preview).replace('**', '')}")
    context.console.summary(body(previews, "<!-- plataforma:drift -->", "Drift", SUMMARY_LIMIT))
    if not given.no_issue:
        github = connect(given.repo, context.environment, context.clock)
        for preview in previews:
            context.console.line(f"{preview.stack}: {_keep(github, preview, given)}")
    failed = [preview.stack for preview in previews if preview.errors]
    if failed:
        raise DeliveryError(f"the preview failed, so drift is unknown: {', '.join(failed)}")
    return int(bool(drifted) and given.no_issue)


def marker(stack: str) -> str:
    return f"<!-- plataforma:drift {stack} -->"


def _keep(github: GitHub, preview: Preview, given: argparse.Namespace) -> str:
    """Opens, updates or closes the stack's issue; says which."""
    issue = _issue(github, preview.stack, given.author)
    drifts = bool(preview.changes or preview.errors)
    if issue is None and not drifts:
        return "no drift, no issue"
    if issue is None:
        return _open(github, preview, given.dry_run)
    number = issue["number"]
    if not drifts:
        if not given.dry_run:
            words = {"body": "The drift is gone: the stack's resources are as it says again."}
            github.ask("POST", f"/issues/{number}/comments", words)
            github.ask("PATCH", f"/issues/{number}", {"state": "closed"})
        return f"issue {number} {_would(given.dry_run)}closed"
    if not given.dry_run:
        github.ask("PATCH", f"/issues/{number}", _content(preview))
    return f"issue {number} {_would(given.dry_run)}updated"


def _open(github: GitHub, preview: Preview, dry_run: bool) -> str:
    if dry_run:
        return "an issue would be opened"
    made = github.ask("POST", "/issues", {**_content(preview), "labels": [LABEL]})
    return f"issue {made['number']} opened"


def _content(preview: Preview) -> dict[str, Any]:
    text = body([preview], marker(preview.stack), "Drift", LIMIT - 1000)
    advice = (
        "\nWhat changed outside the stack: put it into the stack file, or let the next `pulumi up` "
        f"undo it. See for yourself: `pulumi preview --refresh --stack {preview.stack}`.\n"
    )
    return {"title": f"Drift in {preview.stack}", "body": text + advice}


def _issue(github: GitHub, stack: str, author: str) -> dict[str, Any] | None:
    for issue in github.all("/issues", state="open", labels=LABEL):
        is_own = (issue.get("user") or {}).get("login") == author and "pull_request" not in issue
        if is_own and str(issue.get("body") or "").startswith(marker(stack)):
            return issue
    return None


def _would(dry_run: bool) -> str:
    return "would be " if dry_run else ""
