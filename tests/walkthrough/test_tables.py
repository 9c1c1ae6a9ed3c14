"""The tables list exactly what the workflows use."""

from __future__ import annotations

from collections.abc import Iterator

from settings.project import ROOT
from tests.walkthrough import workflows
from tests.walkthrough.actions import ACTIONS
from tests.walkthrough.shortened import SHORTENED
from tests.walkthrough.workflows import Map


def steps() -> Iterator[Map]:
    for workflow in workflows.read_all(ROOT):
        for job in workflow.jobs.values():
            yield from job.get("steps", [])
    for action in (ROOT / ".github/actions").iterdir():
        yield from workflows.read_action(ROOT, str(action.relative_to(ROOT)))["runs"]["steps"]


def test_each_action_has_a_row_and_each_row_is_used():
    used = {step["uses"].partition("@")[0] for step in steps() if "uses" in step}
    assert {name for name in used if not name.startswith("./")} == set(ACTIONS)


def test_each_shortened_command_is_a_line_of_some_step():
    lines = {line.strip() for step in steps() for line in step.get("run", "").splitlines()}
    assert set(SHORTENED) <= lines
