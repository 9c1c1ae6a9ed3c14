"""The evaluator itself: each rule of IAM's that the tests of the permissions rely on.

Source: IAM User Guide, "Policy evaluation logic", "How AWS enforcement code logic evaluates
requests to allow or deny access", "Condition operators", "Variables and tags".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.bootstrap.iam import Role, allows, holds

ROLE = "arn:aws:iam::123456789012:role/x"
SESSION = "arn:aws:sts::123456789012:assumed-role/x/task"
ALL: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}
OBJECT = "arn:aws:s3:::a/b"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def policy(principal: Any, effect: str = "Allow") -> dict[str, Any]:
    return document({**READ, "Effect": effect, "Principal": principal})


def reads(
    own: list[dict[str, Any]], boundary: dict[str, Any] | None, of_bucket: dict[str, Any] | None
) -> bool:
    return Role(ROLE, own, boundary).may("s3:GetObject", OBJECT, {}, of_bucket)


EVERYTHING, NOTHING = document(ALL), document({**READ, "Action": "sqs:SendMessage"})
DENY = document({**ALL, "Effect": "Deny"})


@pytest.mark.parametrize(
    ("own", "boundary", "of_bucket", "expected"),
    [
        ([], None, None, False),
        ([EVERYTHING], None, None, True),
        ([EVERYTHING, DENY], None, None, False),
        ([EVERYTHING], NOTHING, None, False),
        ([EVERYTHING], EVERYTHING, None, True),
        ([], EVERYTHING, None, False),
        ([EVERYTHING], document(ALL, {**READ, "Effect": "Deny"}), None, False),
        ([EVERYTHING], EVERYTHING, policy("*", "Deny"), False),
        ([], NOTHING, policy({"AWS": SESSION}), True),
        ([], NOTHING, policy("*"), True),
        ([], NOTHING, policy({"AWS": ROLE}), False),
        ([], EVERYTHING, policy({"AWS": ROLE}), True),
        ([], EVERYTHING, policy({"AWS": "arn:aws:iam::123456789012:root"}), False),
        ([], EVERYTHING, policy({"AWS": "arn:aws:iam::123456789012:role/y"}), False),
        ([], EVERYTHING, policy({"Service": "ecs-tasks.amazonaws.com"}), False),
        ([DENY], EVERYTHING, policy({"AWS": SESSION}), False),
    ],
)
def test_policies_of_a_role_its_boundary_and_a_resource(
    own: list[dict[str, Any]],
    boundary: dict[str, Any] | None,
    of_bucket: dict[str, Any] | None,
    expected: bool,
):
    assert reads(own, boundary, of_bucket) is expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"Action": "S3:getobject"}, True),
        ({"Action": "s3:Get*"}, True),
        ({"Action": ["sqs:*", "s3:Put*"]}, False),
        ({"Resource": "arn:aws:s3:::A/*"}, False),
        ({"Resource": "arn:aws:s3:::?/b"}, True),
        ({"Resource": "arn:aws:s3:::[a]/b"}, False),
        ({"Resource": "arn:aws:s3:::a"}, False),
    ],
)
def test_actions_and_resources(changed: dict[str, Any], expected: bool):
    assert allows([document({**READ, **changed})], "s3:GetObject", OBJECT, {}) is expected


def test_not_action_and_not_resource():
    others = document({"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b/*"})
    assert allows([others], "s3:GetObject", OBJECT, {})
    assert not allows([others], "IAM:GetRole", OBJECT, {})
    assert not allows([others], "s3:GetObject", "arn:aws:s3:::b/x", {})


@pytest.mark.parametrize(
    ("operator", "value", "missing", "same", "different"),
    [
        ("StringEquals", "a", False, True, False),
        ("StringLike", "a*", False, True, False),
        ("ArnLike", "arn:aws:s3:::a*", False, True, False),
        ("Bool", "true", False, True, False),
        ("StringEqualsIfExists", "a", True, True, False),
        ("StringNotEquals", "a", True, False, True),
        ("StringNotLike", "a*", True, False, True),
        ("Null", "true", True, False, False),
        ("Null", "false", False, True, True),
    ],
)
def test_conditions_with_and_without_their_key(
    operator: str, value: str, missing: bool, same: bool, different: bool
):
    condition = {operator: {"aws:Key": value}}
    assert holds(condition, {}) is missing
    assert holds(condition, {"AWS:key": value.rstrip("*")}) is same
    assert holds(condition, {"aws:key": "false"}) is different


def test_conditions_are_all_needed_and_any_value_of_one_is_enough():
    both = {"StringEquals": {"aws:a": ["x", "y"], "aws:b": "z"}}
    assert holds(both, {"aws:a": "y", "aws:b": "z"})
    assert not holds(both, {"aws:a": "y"})


def test_all_values_of_a_key_with_several():
    names = {"ForAllValues:StringLike": {"aws:names": ["a", "*.a"]}}
    assert holds(names, {"aws:names": ["a", "b.a"]})
    assert not holds(names, {"aws:names": ["a", "b"]})
    assert holds(names, {})


def test_a_variable_is_the_value_of_its_key_and_no_value_makes_the_statement_void():
    tag = "aws:PrincipalTag/Environment"
    own = document({**READ, "Resource": f"arn:aws:s3:::${{{tag}}}/*"})
    assert allows([own], "s3:GetObject", OBJECT, {tag: "a"})
    assert not allows([own], "s3:GetObject", OBJECT, {tag: "b"})
    assert not allows([own], "s3:GetObject", OBJECT, {})
    void = document(ALL, {**READ, "Effect": "Deny", "Resource": f"arn:aws:s3:::${{{tag}}}/*"})
    assert allows([void], "s3:GetObject", OBJECT, {})
    condition = {"StringEquals": {"aws:ResourceTag/Environment": f"${{{tag}}}"}}
    assert holds(condition, {tag: "a", "aws:ResourceTag/Environment": "a"})
    assert not holds(condition, {tag: "a", "aws:ResourceTag/Environment": "b"})


def test_an_element_or_operator_that_is_not_evaluated_is_an_error():
    with pytest.raises(AssertionError, match="not evaluated"):
        allows([document({**READ, "NotPrincipal": "*"})], "s3:GetObject", OBJECT, {})
    with pytest.raises(AssertionError, match="not evaluated"):
        holds({"NumericEquals": {"aws:x": "1"}}, {"aws:x": "1"})
