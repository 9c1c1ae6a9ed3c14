"""How a job's rendered state machine is read, and what follows from it (commands/tasks/job)."""

from __future__ import annotations

from typing import Any

import pytest

from commands.tasks.container import NotRunError
from commands.tasks.job import attempts, states
from commands.tasks.job.states import Job
from commands.tasks.stack import Stack
from tests.commands.test_tasks import made

REPORT: dict[str, Any] = {
    "service": "backend",
    "command": ["node", "dist/report.js"],
    "retries": 2,
    "timeoutSeconds": 90,
}


def stack(**settings: Any) -> Stack:
    return made(jobs={"report": REPORT | settings})


def run(job: Job, *codes: int | None) -> tuple[int, list[float]]:
    """The exit code after attempts that end so, and the pauses between them."""
    left, pauses = iter(codes), list[float]()
    code = attempts.run(job, lambda _: next(left), pauses.append)
    assert list(left) == []
    return code, pauses


def test_a_job_is_no_task_that_the_pipeline_runs_before_a_rollout() -> None:
    families = {definition.family for definition in stack().one_off}
    assert families == {"plataforma-staging-migrations"}


def test_a_job_runs_its_own_definition_with_its_timeout() -> None:
    job = states.find(stack(), "report")
    (container,) = job.definition.containers
    assert container["command"] == ["node", "dist/report.js"]
    assert job.timeout_seconds == 90


def test_a_job_that_fails_is_tried_again_as_often_as_it_says_and_ends_with_its_code() -> None:
    job = states.find(stack(), "report")
    assert run(job, 0) == (0, [])
    assert run(job, 1, 0) == (0, [30])
    assert run(job, 1, 2, 3) == (3, [30, 60])
    assert run(states.find(stack(retries=0), "report"), 7) == (7, [])


def test_a_job_over_its_timeout_is_not_tried_again() -> None:
    assert run(states.find(stack(), "report"), 1, None) == (attempts.TIMED_OUT, [30])


def test_a_job_that_is_not_there_and_a_retrier_that_is_not_run_are_named() -> None:
    with pytest.raises(NotRunError, match=r"no such job\. It has: report\."):
        states.find(stack(), "reprt")
    with pytest.raises(NotRunError, match=r"It has: none\."):
        states.find(made(), "report")
    retry = {"ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL"}
    with pytest.raises(NotRunError, match="job report: JitterStrategy of a retrier"):
        states.retrier("report", retry)
