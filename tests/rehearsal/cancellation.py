"""What still runs once a run is cancelled.

Source: GitHub Docs, "Workflow cancellation": the conditions of running jobs are evaluated again,
and a job whose condition holds is not cancelled; of a cancelled job the remaining steps whose
conditions hold still run, for 5 minutes; `success()`, which is implied, does not hold. "Evaluate
expressions", status check functions: `cancelled()` is of the run; `failure()` does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tests.walkthrough.expressions import Names, condition
from tests.walkthrough.workflows import Map, title

STATUS = {"success": False, "failure": False, "cancelled": True}


def goes_on(job: Map, names: Names) -> bool:
    """Whether a running job is not cancelled with its run."""
    return condition(job.get("if"), {**names, **STATUS})


def may_go_on(job: Map) -> bool:
    """Whether some step runs in spite of the cancellation, if it was reached."""
    asked = [str(step.get("if", "")) for step in job["steps"]]
    return any(re.search(r"\b(always|cancelled)\(\)", text) for text in asked)


def remaining(steps: Sequence[Map], during: int, names: Names) -> list[str]:
    """The titles of the steps that run after the one that was cancelled."""
    done = dict[str, Any]()
    for number, step in enumerate(steps):
        result = "success" if number < during else "cancelled" if number == during else "skipped"
        if "id" in step:
            done[step["id"]] = {"outcome": result, "conclusion": result, "outputs": {}}
    known = {**names, **STATUS, "steps": done, "env": {}}
    return [title(step) for step in steps[during + 1 :] if condition(step.get("if"), known)]
