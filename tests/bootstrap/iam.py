"""IAM's policy evaluation, for the elements and operators that bootstrap/ uses.

Source: IAM User Guide, "Policy evaluation logic" (explicit denies; permissions boundaries;
identity- and resource-based policies in one account), "IAM JSON policy elements: Condition
operators", "IAM policy elements: Variables and tags". test_iam.py has a case for each rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

Context = Mapping[str, str | list[str]]
Document = Mapping[str, Any]
ELEMENTS = {"Sid", "Effect", "Principal", "Condition"}
VARIABLE = re.compile(r"\$\{([\w:/-]+)\}")


class UnresolvedError(Exception):
    """A policy variable has no value: the statement is invalid, as if it were not there."""


@dataclass(frozen=True)
class Role:
    """A role of the account that calls. `boundary`: None for a role that has none."""

    arn: str
    documents: Sequence[Document]
    boundary: Document | None = None

    def may(
        self, action: str, resource: str, context: Context, resource_policy: Document | None = None
    ) -> bool:
        """Whether no policy denies the call, and its own policies or that of the resource allow it
        within the boundary. A resource's policy that names the role's sessions, or everyone, is not
        limited by the boundary; one that names the role is. `context` has no keys of the caller."""
        attached = [*self.documents, *([self.boundary] if self.boundary else [])]
        named = [s for s in _statements([resource_policy]) if self._is_named_in(s)]
        found = [*_statements(attached), *named]
        if any(_effect(one, action, resource, context) == "Deny" for one in found):
            return False
        granted = [one for one in named if _effect(one, action, resource, context) == "Allow"]
        if any(self._session_is_named_in(one) for one in granted):
            return True
        own = any(
            _effect(one, action, resource, context) == "Allow"
            for one in _statements(self.documents)
        )
        if not (own or any(not self._delegates(one) for one in granted)):
            return False
        return self.boundary is None or allows([self.boundary], action, resource, context)

    def _is_named_in(self, statement: Document) -> bool:
        return (
            self._session_is_named_in(statement)
            or self._delegates(statement)
            or self.arn in _principals(statement)
        )

    def _session_is_named_in(self, statement: Document) -> bool:
        account, name = self.arn.split(":")[4], self.arn.rpartition("/")[2]
        session = f"arn:aws:sts::{account}:assumed-role/{name}/"
        return any(one == "*" or one.startswith(session) for one in _principals(statement))

    def _delegates(self, statement: Document) -> bool:
        """Whether it names the account, whose IAM policies then decide."""
        account = self.arn.split(":")[4]
        return bool({account, f"arn:aws:iam::{account}:root"} & set(_principals(statement)))


def allows(documents: Iterable[Document], action: str, resource: str, context: Context) -> bool:
    """Whether a statement allows and none denies."""
    effects = {_effect(one, action, resource, context) for one in _statements(documents)}
    return effects - {""} == {"Allow"}


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


def matches(statement: Document, action: str, resource: str, context: Context) -> bool:
    """Actions are compared without regard to case, resources with it."""
    kinds = {"Action", "NotAction", "Resource", "NotResource"}
    assert statement.keys() <= ELEMENTS | kinds, f"an element is not evaluated here: {statement}"
    known = _without_case(context)

    def is_one_of(element: str, value: str) -> bool:
        return any(like(_resolved(one, known), value) for one in listed(statement[element]))

    def acts() -> bool:
        element = "NotAction" if "NotAction" in statement else "Action"
        patterns = (one.lower() for one in listed(statement[element]))
        return any(like(one, action.lower()) for one in patterns) == (element == "Action")

    def is_on() -> bool:
        if "NotResource" in statement:
            return not is_one_of("NotResource", resource)
        return is_one_of("Resource", resource)

    try:
        return acts() and is_on() and holds(statement.get("Condition", {}), context)
    except UnresolvedError:
        return False


def holds(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether all operators hold for all keys, with any of a key's values. Keys have no case."""
    known = _without_case(context)
    return all(
        _holds(operator, known.get(key.lower()), [_resolved(one, known) for one in listed(wanted)])
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def like(pattern: str, value: str) -> bool:
    """`*` matches any characters, `?` any one; everything else, brackets too, matches itself."""
    if "*" not in pattern and "?" not in pattern:
        return pattern == value
    return _expression(pattern).fullmatch(value) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    spelt = ({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.compile("".join(spelt), re.DOTALL)


def arn_like(pattern: str, value: str) -> bool:
    """Each of the six parts apart: a wildcard does not match across the first five colons."""
    parts, found = pattern.split(":", 5), value.split(":", 5)
    return len(parts) == len(found) == 6 and all(map(like, parts, found))


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _statements(documents: Iterable[Document | None]) -> list[Document]:
    return [statement for one in documents if one for statement in listed_maps(one["Statement"])]


def listed_maps(value: Any) -> list[Document]:
    return [value] if isinstance(value, dict) else list(value)


def _effect(statement: Document, action: str, resource: str, context: Context) -> str:
    return statement["Effect"] if matches(statement, action, resource, context) else ""


def _principals(statement: Document) -> list[str]:
    principal = statement["Principal"]
    return ["*"] if principal == "*" else listed(principal.get("AWS", []))


def _without_case(context: Context) -> dict[str, str | list[str]]:
    return {key.lower(): value for key, value in context.items()}


def _resolved(pattern: str, known: Mapping[str, str | list[str]]) -> str:
    """The pattern with the values of its variables. Errors: UnresolvedError."""

    def value(found: re.Match[str]) -> str:
        resolved = known.get(found[1].lower())
        if not isinstance(resolved, str):
            raise UnresolvedError(found[1])
        return resolved

    return VARIABLE.sub(value, pattern) if "$" in pattern else pattern


def _holds(operator: str, found: str | list[str] | None, wanted: list[str]) -> bool:
    if operator == "Null":
        return (found is None) == (wanted == ["true"])
    if operator == "ForAllValues:StringLike":  # true also where the key is missing
        return all(any(like(one, value) for one in wanted) for value in found or ())
    assert not isinstance(found, list), f"{operator} takes one value"
    if operator == "StringNotEquals":  # true also where the key is missing, as StringNotLike
        return found not in wanted
    if operator == "StringNotLike":
        return found is None or not any(like(one, found) for one in wanted)
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
