"""Steps and jobs run on after a cancellation as GitHub's documentation says."""

from __future__ import annotations

import pytest

from tests.rehearsal import limits
from tests.rehearsal.cancellation import goes_on, may_go_on, remaining

NAMES = {"github": {"event_name": "push"}, "success": True, "failure": False, "cancelled": False}


@pytest.mark.parametrize(
    ("text", "on"),
    [
        (None, False),
        ("github.event_name == 'push'", False),
        ("success()", False),
        ("failure()", False),
        ("!cancelled() && github.event_name == 'push'", False),
        ("always()", True),
        ("cancelled()", True),
        ("always() && github.event_name == 'schedule'", False),
    ],
)
def test_a_condition_holds_after_a_cancellation(text: str | None, on: bool):
    job = {} if text is None else {"if": text}
    assert goes_on(job, NAMES) == on
    assert (remaining([{"run": "a"}, {"run": "b", **job}], 0, NAMES) == ["b"]) == on


def test_a_step_sees_how_far_the_job_came():
    steps = [
        {"run": "prepare"},
        {"run": "up", "id": "up"},
        {"run": "follow", "if": "always() && steps.up.conclusion != 'skipped'"},
        {"run": "log", "if": "steps.up.conclusion == 'cancelled' && cancelled()"},
    ]
    assert remaining(steps, 0, NAMES) == []
    assert remaining(steps, 1, NAMES) == ["follow", "log"]
    assert may_go_on({"steps": steps})
    assert not may_go_on({"steps": steps[:2]})


@pytest.mark.parametrize(
    ("job", "ends"),
    [
        ({}, (360, "cancelled")),
        ({"timeout-minutes": 20}, (20, "cancelled")),
        ({"timeout-minutes": 600}, (360, "failure")),
    ],
)
def test_a_job_ends_by_itself(job: dict[str, int], ends: tuple[float, str]):
    assert limits.of_job(job) == ends
