"""Groups admit, hold back and replace as GitHub's documentation says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal.concurrency import LONGEST_QUEUE, OF_JOBS, OF_WORKFLOWS, Ask, Groups, asked
from tests.walkthrough.expressions import ExpressionError
from tests.walkthrough.workflows import WorkflowError

NAMES = {"github": {"ref": "Main"}, "needs": {}, "inputs": {"stack": "prod"}, "steps": {}}


class Member(str):
    """`child/parent` is within `parent`."""

    __slots__ = ()

    def is_within(self, other: object) -> bool:
        return self.endswith(f"/{other}")


def enter(groups: Groups[Member], name: str, ask: Ask) -> str:
    """What becomes of the member, and of the others."""
    entry = groups.enter(Member(name), ask)
    said = "holds" if entry.holds else "refused" if entry.refused else "pending"
    said += "".join(f", {other} replaced" for other in entry.replaced)
    return said + (f", {entry.stopped} stopped" if entry.stopped else "")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (Ask("g"), ["holds", "pending", "pending, b replaced"]),
        (
            Ask("g", cancel_in_progress=True),
            ["holds", "pending, a stopped", "pending, b replaced, a stopped"],
        ),
        (Ask("g", queue="max"), ["holds", "pending", "pending"]),
    ],
)
def test_one_holds_a_group_and_others_wait(ask: Ask, said: list[str]):
    groups = Groups[Member]()
    assert [enter(groups, name, ask) for name in ("a", "b", "c")] == said


def test_who_has_waited_longest_is_next():
    groups = Groups[Member]()
    for name in ("a", "b", "c"):
        enter(groups, name, Ask("g", queue="max"))
    assert [groups.leave(Member(name)) for name in ("x", "a", "b")] == [[], ["b"], ["c"]]


def test_who_is_cancelled_while_it_waits_is_not_admitted():
    groups = Groups[Member]()
    for name in ("a", "b", "c"):
        enter(groups, name, Ask("g", queue="max"))
    assert groups.leave(Member("b")) == []
    assert groups.leave(Member("a")) == ["c"]


def test_a_queue_has_an_end():
    groups = Groups[Member]()
    said = [enter(groups, str(n), Ask("g", queue="max")) for n in range(LONGEST_QUEUE + 2)]
    assert said == ["holds", *["pending"] * LONGEST_QUEUE, "refused"]


def test_a_job_that_asks_for_its_run_s_group_is_a_deadlock():
    groups = Groups[Member]()
    assert enter(groups, "run", Ask("g")) == "holds"
    assert enter(groups, "job/run", Ask("g")) == "refused"


@pytest.mark.parametrize(
    ("concurrency", "ask"),
    [
        (None, Ask("")),
        ("Deploy-${{ inputs.stack }}", Ask("deploy-prod")),
        ({"group": "g-${{ github.ref }}", "cancel-in-progress": True}, Ask("g-main", True)),
        (
            {"group": "g", "cancel-in-progress": "${{ github.ref == 'other' }}", "queue": "max"},
            Ask("g", queue="max"),
        ),
    ],
)
def test_a_group_s_name_ignores_case(concurrency: Any, ask: Ask):
    assert asked(concurrency, NAMES, OF_JOBS) == ask


@pytest.mark.parametrize(
    ("concurrency", "known", "error"),
    [
        ("${{ needs.a.result }}", OF_WORKFLOWS, ExpressionError),
        ("${{ steps.a.outputs.b }}", OF_JOBS, ExpressionError),
        ({"group": "g", "cancel": True}, OF_JOBS, WorkflowError),
        ({"group": "g", "cancel-in-progress": True, "queue": "max"}, OF_JOBS, WorkflowError),
        ({"group": "g", "queue": "all"}, OF_JOBS, WorkflowError),
    ],
)
def test_what_github_does_not_take_is_an_error(
    concurrency: Any, known: frozenset[str], error: type[Exception]
):
    with pytest.raises(error):
        asked(concurrency, NAMES, known)
