"""The one comment of a kind on a pull request: created once, and updated from then on."""

from __future__ import annotations

from delivery.github.models import Comment
from delivery.github.repository import Repository


def write(
    repository: Repository, number: int, marker: str, author: str, text: str, *, dry_run: bool
) -> str:
    """Creates the comment of `author` that begins with `marker`, or updates it. Returns a sentence
    that says which."""
    own = _find(repository, number, marker, author)
    if not dry_run:
        if own:
            repository.update_comment(own.id, text)
        else:
            repository.create_comment(number, text)
    comment, done = (f"comment {own.id}", "updated") if own else ("comment", "created")
    would_be = "would be " if dry_run else ""
    return f"pull request {number}: {comment} {would_be}{done} ({len(text)} characters)"


def _find(repository: Repository, number: int, marker: str, author: str) -> Comment | None:
    """A comment of someone else that begins with the marker does not count."""
    comments = repository.comments(number)
    return next((comment for comment in comments if comment.is_by(author, marker)), None)
