"""GitHub starts no run whose calls break its rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.rehearsal.calls import MOST, exceeding, problems
from tests.rehearsal.hub import Hub
from tests.walkthrough import workflows

CALLED = """
on:
  workflow_call:
    inputs: {stack: {type: string, required: true}}
    secrets: {KEY: {required: false}}
jobs:
  deploy:
    runs-on: x
    permissions: {contents: read, id-token: write}
    steps: [{run: "echo ${{ secrets.KEY }}"}]
"""
CALLER = "on: [push]\njobs:\n  call: {uses: ./.github/workflows/called.yml, %s}\n"
ALL = "permissions: {contents: write, id-token: write}"
WITH = "with: {stack: qa}"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (f"{ALL}, {WITH}, secrets: inherit", []),
        (f"{ALL}, {WITH}, secrets: {{KEY: x}}", []),
        (
            f"permissions: {{contents: read}}, {WITH}, secrets: inherit",
            ["caller.yml/call/deploy asks for id-token: write"],
        ),
        (
            f"{WITH}, secrets: inherit",
            [
                "caller.yml/call/deploy asks for contents: read",
                "caller.yml/call/deploy asks for id-token: write",
            ],
        ),
        (f"{ALL}, {WITH}", ["caller.yml/call: the secret KEY is not passed"]),
        (
            f"{ALL}, {WITH}, secrets: {{KEY: x, OTHER: y}}",
            ["caller.yml/call: called.yml declares no secret OTHER"],
        ),
        (
            f"{ALL}, {WITH}, secrets: inherit, timeout-minutes: 5",
            ["caller.yml/call calls, and may not have timeout-minutes"],
        ),
        (
            f"{ALL}, secrets: inherit",
            ["caller.yml/call: called.yml, workflow_call: stack is missing"],
        ),
    ],
)
def test_a_call_breaks_a_rule(hub: Callable[..., Hub], more: str, said: list[str]):
    root = hub(called=CALLED, caller=CALLER % more).root
    assert problems(root, workflows.read(root, "caller.yml")) == said


def test_what_a_middle_workflow_lowers_is_not_raised_below(hub: Callable[..., Hub]):
    middle = "on: {workflow_call: }\njobs:\n"
    passed = f"permissions: {{contents: read}}, {WITH}, secrets: inherit"
    middle += f"  lower: {{uses: ./.github/workflows/called.yml, {passed}}}\n"
    root = hub(called=CALLED, middle=middle, caller=CALLER.replace("called", "middle") % ALL).root
    assert problems(root, workflows.read(root, "caller.yml")) == [
        "caller.yml/call/lower/deploy asks for id-token: write"
    ]


def test_only_a_workflow_with_workflow_call_is_called(hub: Callable[..., Hub]):
    root = hub(called=CALLED.replace("workflow_call", "push"), caller=CALLER % ALL).root
    assert problems(root, workflows.read(root, "caller.yml"))[0] == (
        "caller.yml/call: called.yml has no workflow_call"
    )


def test_levels_and_calls_have_a_limit(hub: Callable[..., Hub]):
    def call(name: str) -> str:
        return f"on: {{workflow_call: }}\njobs:\n  j: {{uses: ./.github/workflows/{name}.yml}}\n"

    end = "on: {workflow_call: }\njobs: {j: {runs-on: x, steps: []}}\n"
    many = {f"m{n}": end for n in range(MOST + 1)}
    jobs = "".join(f"  {name}: {{uses: ./.github/workflows/{name}.yml}}\n" for name in many)
    root = hub(
        **{f"l{n}": call(f"l{n + 1}") for n in range(1, 5)},
        **many,
        l5=end,
        wide=f"on: [push]\njobs:\n{jobs}",
    ).root
    assert problems(root, workflows.read(root, "l2.yml")) == []
    assert problems(root, workflows.read(root, "l1.yml")) == [
        "l1.yml/j/j/j/j is called over more than 4 levels"
    ]
    assert problems(root, workflows.read(root, "wide.yml")) == [
        "wide.yml calls 21 workflows, more than 20"
    ]


@pytest.mark.parametrize(
    ("asked", "granted", "more"),
    [
        ({"contents": "write"}, None, []),
        ({"contents": "read"}, {"contents": "write"}, []),
        ({"contents": "write"}, {"contents": "read"}, ["contents: write"]),
        ({"issues": "read", "contents": "none"}, {}, ["issues: read"]),
    ],
)
def test_permissions_exceed_those_of_the_caller(
    asked: dict[str, str], granted: dict[str, str] | None, more: list[str]
):
    assert exceeding(asked, granted) == more
