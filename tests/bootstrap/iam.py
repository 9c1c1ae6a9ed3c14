"""IAM's policy evaluation, for the elements and operators that bootstrap/ uses.

Source: IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Context = Mapping[str, str | list[str]]


def allows(
    documents: Iterable[Mapping[str, Any]], action: str, resource: str, context: Context
) -> bool:
    """Whether a statement allows and none denies."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in document["Statement"]
        if matches(statement, action, resource, context)
    }
    return effects == {"Allow"}


def assumable(trust: Mapping[str, Any], provider_arn: str, claims: Mapping[str, Any]) -> bool:
    """Whether STS lets a validly signed token with these claims assume the role."""
    issuer = provider_arn.partition("/")[2]
    if claims.get("iss") != f"https://{issuer}":
        return False
    # STS takes one audience and one subject: any other form is as if there were none.
    known = {
        f"{issuer}:{name}": claims[name]
        for name in ("aud", "sub")
        if isinstance(claims.get(name), str)
    }
    return any(
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Federated": provider_arn}
        and statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        and holds(statement.get("Condition", {}), known)
        for statement in trust["Statement"]
    )


def matches(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    """Actions are compared without regard to case, resources with it."""
    actions = (like(pattern.lower(), action.lower()) for pattern in listed(statement["Action"]))
    resources = (like(pattern, resource) for pattern in listed(statement["Resource"]))
    return any(actions) and any(resources) and holds(statement.get("Condition", {}), context)


def holds(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether all operators hold for all keys, with any of a key's values. Keys have no case."""
    known = {key.lower(): value for key, value in context.items()}
    return all(
        _holds(operator, known.get(key.lower()), listed(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def like(pattern: str, value: str) -> bool:
    """`*` matches any characters, `?` any one; everything else, brackets too, matches itself."""
    spelt = ({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch("".join(spelt), value, re.DOTALL) is not None


def arn_like(pattern: str, value: str) -> bool:
    """Each of the six parts apart: a wildcard does not match across the first five colons."""
    parts, found = pattern.split(":", 5), value.split(":", 5)
    return len(parts) == len(found) == 6 and all(map(like, parts, found))


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _holds(operator: str, found: str | list[str] | None, wanted: list[str]) -> bool:
    if operator == "Null":
        return (found is None) == (wanted == ["true"])
    if operator == "ForAllValues:StringLike":  # true also where the key is missing
        return all(any(like(one, value) for one in wanted) for value in found or ())
    assert not isinstance(found, list), f"{operator} takes one value"
    if operator == "StringNotEquals":
        return found not in wanted
    if operator == "StringEqualsIfExists":
        return found is None or found in wanted
    if found is None:
        return False
    if operator in ("StringEquals", "Bool"):
        return found in wanted
    if operator == "StringLike":
        return any(like(one, found) for one in wanted)
    if operator in ("ArnLike", "ArnEquals"):
        return any(arn_like(one, found) for one in wanted)
    raise AssertionError(f"operator {operator} is not evaluated here: add it to tests/bootstrap")
