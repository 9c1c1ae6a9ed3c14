from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rehearsal.environments import Rules, Settings
from tests.rehearsal.hub import Hub, Work
from tests.rehearsal.run import Job

REVIEWER = 2
BASE = "permissions: {}\n"


@pytest.fixture
def hub(tmp_path: Path) -> Callable[..., Hub]:
    """A repository with these workflow files, by name. Of its environments `prod` has a reviewer
    and admits main alone. `work`: what each job does, by its name; the others take 5 minutes."""

    def make(work: dict[str, Work] | None = None, **files: str) -> Hub:
        folder = tmp_path / ".github/workflows"
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / f"{name}.yml").write_text(f"name: {name}\n{BASE}{text}")
        known = work or {}

        def done(job: Job) -> Work:
            return known.get(job.name, Work())

        prod = Rules(frozenset({REVIEWER}), prevent_self_review=True, protected_only=True)
        return Hub(tmp_path, Settings({"prod": prod}, {"main"}), done)

    return make
