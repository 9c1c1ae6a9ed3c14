"""Expressions mean here what GitHub says that they mean."""

from __future__ import annotations

from typing import Any

import pytest

from tests.walkthrough.expressions import ExpressionError, condition, evaluate, filled

NAMES = {
    "github": {"event_name": "push", "event": {"pull_request": None}, "ref": "refs/heads/main"},
    "matrix": {"role": "AWS_ROLE", "n": 2},
    "vars": {"AWS_ROLE": "arn:aws:iam::1:role/r"},
    "needs": {"a": {"result": "success"}, "b": {"result": "skipped", "outputs": {"l": '["x"]'}}},
    "success": True,
    "failure": False,
    "cancelled": False,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.event_name", "push"),
        ("github['event_name'] == 'PUSH'", True),
        ("github.event_name != 'push'", False),
        ("github.event.pull_request.number || github.ref", "refs/heads/main"),
        ("github.event.pull_request.head.repo.full_name == 'a/b'", False),
        ("vars[matrix.role]", "arn:aws:iam::1:role/r"),
        ("vars.NONE", None),
        ("join(needs.*.result, ' ')", "success skipped"),
        ("contains(needs.*.result, 'failure')", False),
        ("contains('a Label', 'label')", True),
        ("fromJSON(needs.b.outputs.l)", ["x"]),
        ("always() && needs.a.result != 'skipped'", True),
        ("!(failure() || cancelled()) && matrix.n == 2", True),
        ("startsWith(github.ref, 'refs/heads/')", True),
        ("format('{0}-{1}', 'it''s', 3)", "it's-3"),
        ("false && 'x' || 'y'", "y"),
        ("toJSON(matrix.n)", "2"),
    ],
)
def test_an_expression_has_its_value(text: str, value: Any):
    assert evaluate(text, NAMES) == value


@pytest.mark.parametrize("text", ["a <", "nothing.here", "hashFiles('x')", "'open", "(1", "1 2"])
def test_what_is_not_known_is_an_error(text: str):
    with pytest.raises(ExpressionError):
        evaluate(text, NAMES)


def test_a_condition_that_asks_for_no_status_needs_success():
    failed = {**NAMES, "success": False}
    assert not condition("github.event_name == 'push'", failed)
    assert condition("always() && github.event_name == 'push'", failed)
    assert not condition(None, failed)


def test_a_text_is_filled_and_an_expression_alone_keeps_its_type():
    inputs = {"a": "x-${{ matrix.n }}-${{ matrix.role }}", "b": ["${{ matrix.n }}"], "c": True}
    assert filled(inputs, NAMES) == {"a": "x-2-AWS_ROLE", "b": [2], "c": True}
