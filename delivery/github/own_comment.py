"""The one comment of a kind that a pull request has: made once, and then updated."""

from __future__ import annotations

from typing import Any

from delivery.github.client import GitHub


def write(
    github: GitHub, number: int, marker: str, author: str, text: str, *, dry_run: bool
) -> str:
    """Makes or updates the comment of `author` that begins with `marker`, as `text` does, and says
    which it was."""
    own = _found(github, number, marker, author)
    done = f"comment {own['id']} updated" if own else "comment made"
    if dry_run:
        done = f"would be {done}"
    elif own:
        github.ask("PATCH", f"/issues/comments/{own['id']}", {"body": text})
    else:
        github.ask("POST", f"/issues/{number}/comments", {"body": text})
    return f"pull request {number}: {done} ({len(text)} characters)"


def _found(github: GitHub, number: int, marker: str, author: str) -> dict[str, Any] | None:
    """Another's comment that begins with the marker is left alone."""
    for comment in github.all(f"/issues/{number}/comments"):
        is_own = (comment.get("user") or {}).get("login") == author
        if is_own and str(comment.get("body") or "").startswith(marker):
            return comment
    return None
