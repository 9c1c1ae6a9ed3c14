"""Events of GitHub with their payloads."""

from __future__ import annotations

from typing import Any

from tests.walkthrough.workflows import Event

REPOSITORY = "acme/plataforma"
NUMBER = 7


def push(commit: str) -> Event:
    return Event("push", commit, {"after": commit})


def pull_request(commit: str, base: str, action: str = "opened", **more: Any) -> Event:
    """`more`: the head `repository`, and the names of the `labels`."""
    head = {"ref": "topic", "sha": commit}
    head |= {"repo": {"full_name": more.get("repository", REPOSITORY)}}
    content = {
        "number": NUMBER,
        "base": {"ref": "main", "sha": base},
        "head": head,
        "labels": [{"name": name} for name in more.get("labels", ())],
    }
    payload = {"action": action, "pull_request": content}
    return Event("pull_request", commit, payload, f"refs/pull/{NUMBER}/merge")


def merge_group(commit: str, base: str) -> Event:
    """Of the merge queue: one pull request, squashed on top of main."""
    ref = f"refs/heads/gh-readonly-queue/main/pr-{NUMBER}-{base}"
    group = {"base_ref": "refs/heads/main", "base_sha": base, "head_ref": ref, "head_sha": commit}
    payload = {"action": "checks_requested", "merge_group": group}
    return Event("merge_group", commit, payload, ref)


def night(commit: str) -> Event:
    return Event("schedule", commit, {})


def by_hand(commit: str, **inputs: str) -> Event:
    return Event("workflow_dispatch", commit, {"inputs": inputs})
