"""Runs and jobs begin, wait and end as GitHub's documentation says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.rehearsal import limits
from tests.rehearsal.conftest import REVIEWER
from tests.rehearsal.hub import ACTOR, Hub, Work
from tests.rehearsal.run import Run
from tests.walkthrough import events
from tests.walkthrough.workflows import Event, WorkflowError

Make = Callable[..., Hub]
PUSH = "on: [push]\n"


def job(more: str = "", steps: str = "[{run: x}]") -> str:
    return f"{{runs-on: x, steps: {steps}, {more}}}"


def push(hub: Hub, ref: str = "refs/heads/main") -> Run:
    (run,) = hub.send(Event("push", "c", {}, ref))
    return run


def results(run: Run) -> dict[str, str]:
    """By the name of the job: its result, or its state where it has not ended."""
    return {job.where.partition("/")[2]: job.result or job.state for job in run.jobs}


def test_jobs_run_after_those_that_they_need_and_a_skip_goes_on(hub: Make):
    made = hub(
        {"a": Work(10, outputs={"x": "1"}), "e": Work(result="failure")},
        w=PUSH
        + f"jobs:\n  b: {job('needs: a, if: needs.a.outputs.x == 2')}\n  a: {job()}\n"
        + f"  c: {job('needs: b')}\n  d: {job('needs: [b, e], if: always()')}\n  e: {job()}\n"
        + f"  f: {job('needs: e, if: failure()')}\n",
    )
    run = push(made)
    made.advance(5)
    assert results(run) == {"a": "running", "e": "failure", "f": "running"}
    made.advance(10)
    skipped = {"b": "skipped", "c": "skipped"}
    assert results(run) == {
        "a": "success",
        "e": "failure",
        "f": "success",
        "d": "success",
        **skipped,
    }
    assert (run.state, run.result) == ("ended", "failure")


def test_a_third_run_of_a_group_replaces_the_second(hub: Make):
    made = hub(w=PUSH + f"concurrency: g\njobs:\n  a: {job()}\n")
    first, second, third = push(made), push(made), push(made)
    assert [run.state for run in (first, second, third)] == ["running", "ended", "pending"]
    assert (second.result, list(second.jobs)) == ("cancelled", [])
    made.advance(5)
    assert (first.result, third.state) == ("success", "running")


def test_cancel_in_progress_cancels_the_run_and_the_next_begins_when_it_has_ended(hub: Make):
    text = PUSH + "concurrency: {group: g, cancel-in-progress: true}\njobs:\n  a: "
    made = hub({"a": Work(60)}, w=text + job(steps="[{run: x}, {run: y, if: always()}]"))
    first, second = push(made), push(made)
    assert (results(first), second.state) == ({"a": "running"}, "pending")
    made.advance(limits.CANCELLATION)
    assert (first.result, results(second)) == ("cancelled", {"a": "running"})


def test_a_job_that_waits_for_an_approval_holds_its_group_and_a_skipped_one_joins_none(hub: Make):
    prod = "environment: prod, concurrency: g"
    off = job("if: false, concurrency: {group: g, cancel-in-progress: true}")
    made = hub(w=PUSH + f"jobs:\n  a: {job(prod)}\n", x=PUSH + f"jobs:\n  idle: {off}\n")
    first, _ = made.send(Event("push", "c", {}))
    second, skipped = made.send(Event("push", "c", {}))
    assert [results(run) for run in (first, second, skipped)] == [
        {"a": "waiting"},
        {"a": "pending"},
        {"idle": "skipped"},
    ]
    made.advance(limits.APPROVAL)
    assert (results(first), results(second)) == ({"a": "failure"}, {"a": "waiting"})


def test_one_reviewer_approves_or_rejects(hub: Make):
    made = hub(w=PUSH + f"jobs:\n  a: {job('environment: prod')}\n  b: {job('needs: a')}\n")
    run = push(made)
    with pytest.raises(WorkflowError):
        made.approve(run.job("w/a"), ACTOR)
    made.approve(run.job("w/a"), REVIEWER)
    made.advance(10)
    assert run.result == "success"
    other = push(made)
    made.reject(other.job("w/a"))
    assert (results(other), other.result) == ({"a": "failure", "b": "skipped"}, "failure")


def test_a_branch_does_not_enter_and_nobody_is_asked(hub: Make):
    made = hub(w=PUSH + f"jobs:\n  a: {job('environment: prod')}\n")
    run = push(made, "refs/heads/topic")
    assert run.job("w/a").why == '"topic" is not allowed to deploy to prod due to protection rules'
    assert (run.result, made.begun) == ("failure", [])


def test_limits_end_a_job_and_a_run(hub: Make):
    made = hub(
        {"a": Work(30), "b": Work(3), "c": Work(90)},
        w=PUSH
        + f"jobs:\n  a: {job('timeout-minutes: 20')}\n  b: {job('timeout-minutes: 20')}\n"
        + f"  c: {job('needs: a, if: always(), environment: prod')}\n"
        + f"  d: {job('needs: c, if: cancelled() == false, environment: prod')}\n",
    )
    run = push(made)
    made.advance(20)
    assert results(run) == {"a": "cancelled", "b": "success", "c": "waiting"}
    made.advance(29 * limits.DAY)
    made.approve(run.job("w/c"), REVIEWER)
    made.advance(5.9 * limits.DAY)
    assert results(run)["d"] == "waiting"
    made.advance(limits.DAY)
    assert (results(run)["d"], run.result) == ("cancelled", "cancelled")


def test_a_cancelled_run_runs_what_asks_for_it(hub: Make):
    made = hub(
        {"a": Work(60), "keep": Work(60)},
        w=PUSH
        + f"jobs:\n  a: {job('concurrency: g')}\n  keep: {job('if: always()')}\n"
        + f"  wait: {job('environment: prod')}\n  b: {job('needs: a')}\n"
        + f"  last: {job('needs: a, if: cancelled()')}\n  ok: {job('needs: a, if: failure()')}\n"
        + f"  after: {job('needs: keep')}\n",
    )
    run, next_run = push(made), push(made)
    made.cancel(run)
    made.advance(0)
    ended = {"a": "cancelled", "wait": "cancelled", "b": "skipped", "ok": "skipped"}
    assert results(run) == {**ended, "keep": "running", "last": "running"}
    assert results(next_run)["a"] == "running"
    made.advance(60)
    assert (results(run)["keep"], results(run)["after"]) == ("success", "skipped")
    assert run.result == "cancelled"


def test_a_newer_job_of_the_group_cancels_one_alone(hub: Make):
    text = "concurrency: {group: g, cancel-in-progress: true}"
    made = hub(
        {"a": Work(60)},
        w=PUSH
        + f"jobs:\n  a: {job(text)}\n  b: {job('needs: a, if: cancelled() == false')}\n"
        + f"  c: {job('needs: a, if: failure()')}\n",
    )
    first, second = push(made), push(made)
    made.advance(0)
    assert results(first) == {"a": "cancelled", "b": "running", "c": "skipped"}
    assert results(second) == {"a": "running"}


CALLED = """
on:
  workflow_call:
    inputs: {stack: {type: string}}
    outputs: {url: {value: "${{ jobs.a.outputs.url }}"}}
concurrency: called-${{ inputs.stack }}
jobs:
"""


def test_a_called_workflow_has_its_own_group_and_hands_its_outputs_back(hub: Make):
    call = "uses: ./.github/workflows/called.yml, with: {stack: qa}"
    made = hub(
        {"a": Work(60, outputs={"url": "u"})},
        called=CALLED + f"  a: {job()}\n",
        w=PUSH
        + f"jobs:\n  call: {{{call}}}\n"
        + f"  b: {job('needs: call, if: needs.call.outputs.url')}\n",
    )
    first, second = push(made), push(made)
    assert results(first) == {"call": "calling", "call/a": "running"}
    assert results(second) == {"call": "calling"}
    made.advance(60)
    assert results(first) == {"call": "success", "call/a": "success", "b": "running"}
    assert results(second) == {"call": "calling", "call/a": "running"}
    made.cancel(second)
    made.advance(0)
    assert results(second) == {"call": "cancelled", "call/a": "cancelled", "b": "skipped"}


def test_a_called_workflow_that_asks_for_its_run_s_group_is_cancelled(hub: Make):
    call = "uses: ./.github/workflows/called.yml, with: {stack: qa}"
    made = hub(
        called=CALLED + f"  a: {job()}\n",
        w=PUSH + f"concurrency: called-qa\njobs:\n  call: {{{call}}}\n",
    )
    run = push(made)
    assert (results(run), run.result) == ({"call": "cancelled"}, "cancelled")
    assert "deadlock" in run.job("w/call").why


def test_a_run_that_breaks_a_rule_does_not_start(hub: Make):
    call = "uses: ./.github/workflows/called.yml, timeout-minutes: 5"
    made = hub(called=CALLED + f"  a: {job()}\n", w=PUSH + f"jobs:\n  call: {{{call}}}\n")
    run = push(made)
    assert (run.result, list(run.jobs)) == ("failure", [])


def test_one_failure_of_a_matrix_cancels_the_others(hub: Make):
    matrix = "strategy: {matrix: {n: [1, 2]}, fail-fast: %s}"
    made = hub(
        w=PUSH + f"jobs:\n  fast: {job(matrix % 'true')}\n  all: {job(matrix % 'false')}\n",
    )
    made.work = lambda job: Work(job.names["matrix"]["n"], "failure")
    run = push(made)
    made.advance(2)
    assert results(run) == {
        "fast (1)": "failure",
        "fast (2)": "cancelled",
        "all (1)": "failure",
        "all (2)": "failure",
    }


def test_a_re_run_of_the_failed_jobs_takes_the_outputs_of_the_others(hub: Make):
    made = hub(
        {"a": Work(outputs={"x": "1"}), "b": Work(result="failure")},
        w=PUSH + f"jobs:\n  a: {job()}\n  b: {job('needs: a')}\n",
    )
    run = push(made)
    made.advance(10)
    again = made.rerun(run, only_failed=True)
    assert (again.attempt, again.event) == (2, run.event)
    assert results(again) == {"a": "success", "b": "running"}
    assert again.job("w/b").names["needs"]["a"]["outputs"] == {"x": "1"}
    assert results(made.rerun(run)) == {"a": "running"}


def test_only_asked_workflows_start(hub: Make):
    text = PUSH + f"jobs:\n  a: {job()}\n"
    made = hub(one=text, two=text)
    assert [run.workflow.file for run in made.send(events.push("c"), "two.yml")] == ["two.yml"]
