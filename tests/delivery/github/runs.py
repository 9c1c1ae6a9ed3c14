"""Commands that are run against the stand-in for GitHub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.delivery.github_server import TOKEN, Repository
from tests.delivery.stack import FakeClock, Run, run

REPO = ("--repo", "acme/plataforma")


def run_on(
    repository: Repository,
    *arguments: str,
    token: str = TOKEN,
    clock: FakeClock | None = None,
    more: Mapping[str, str] | None = None,
) -> Run:
    """`more` are variables besides GitHub's."""
    environment = {"GITHUB_API_URL": repository.url, "GITHUB_TOKEN": token, **(more or {})}
    return run(list(arguments), environment=environment, clock=clock)


def write_json(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
