"""Each rule of resource_types/ refuses what it is about, and nothing without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from resource_types.catalog import TYPES
from resource_types.refusals import (
    Associated,
    Held,
    NameKept,
    Needed,
    Refusal,
    Unchangeable,
    Undeletable,
    Unique,
    Used,
)
from simulation import refusals
from simulation.inventory import Existing, Inventory
from simulation.refusals import RefusedError
from tests.support.sdk import properties_of

RULES = [(token, rule) for token, described in TYPES.items() for rule in described.refusals]
"""Every rule, with the type it belongs to."""


def named(rule: tuple[str, Refusal]) -> str:
    return f"{rule[0].rpartition(':')[2]}-{rule[1].error[:24]}"


def existing(token: str, name: str, properties: Mapping[str, Any]) -> Existing:
    return Existing(f"{token} {name}", f"urn::{name}", token, name, "eu-west-1", properties)


def at(paths: str, value: Any) -> dict[str, Any]:
    """Properties with this value at each path."""
    result: dict[str, Any] = {}
    for path in paths.split():
        *parents, last = path.split(".")
        holder = result
        for key in parents:
            holder = holder.setdefault(key, {})
        holder[last] = value
    return result


@dataclass(frozen=True)
class Case:
    """An update or a deletion that its rule refuses, and one that it allows."""

    refused: Mapping[str, Any]
    allowed: Mapping[str, Any]
    old: Mapping[str, Any] | None = None


BLUE_GREEN = {"strategy": "BLUE_GREEN"}
CODE_DEPLOY = {"deploymentController": {"type": "CODE_DEPLOY"}}
CASES: dict[tuple[str, str], Case] = {
    ("LoadBalancer", "OperationNotPermitted"): Case({"enableDeletionProtection": True}, {}),
    ("Instance", "InvalidParameterCombination: Cannot delete"): Case(
        {"deletionProtection": True}, {"deletionProtection": False}
    ),
    ("Bucket", "BucketNotEmpty"): Case({"forceDestroy": False}, {"forceDestroy": True}),
    ("Service", "ResourceInUse: Service contains"): Case({}, {"forceDestroy": True}),
    ("Service", "InvalidParameterException: Unable to update"): Case(
        {**CODE_DEPLOY, "taskDefinition": "x:2"},
        {"taskDefinition": "x:2"},
        {**CODE_DEPLOY, "taskDefinition": "x:1"},
    ),
    ("Service", "InvalidParameterException: When making"): Case(
        {"capacityProviderStrategies": [{"weight": 2}]},
        {"capacityProviderStrategies": [{"weight": 2}], "forceNewDeployment": True},
        {"capacityProviderStrategies": [{"weight": 1}]},
    ),
    ("Service", "InvalidParameterException: advancedConfiguration"): Case(
        {"deploymentConfiguration": BLUE_GREEN, "loadBalancers": [{}]},
        {
            "deploymentConfiguration": BLUE_GREEN,
            "loadBalancers": [{"advancedConfiguration": {"roleArn": "r"}}],
        },
        {},
    ),
    ("Instance", "InvalidParameterCombination: Cannot upgrade"): Case(
        {"engineVersion": "17.5"}, {"engineVersion": "17"}, {"engineVersion": "17.6"}
    ),
    ("Instance", "InvalidParameterCombination: The AllowMajor"): Case(
        {"engineVersion": "18"},
        {"engineVersion": "18", "allowMajorVersionUpgrade": True},
        {"engineVersion": "17.6"},
    ),
    ("Broker", "BadRequestException: Changing security"): Case(
        {"securityGroups": ["b"]}, {"securityGroups": ["a"]}, {"securityGroups": ["a"]}
    ),
    ("Broker", "the provider leaves"): Case(
        {"users": [{"password": "b"}]},
        {"users": [{"password": "a"}]},
        {"users": [{"password": "a"}]},
    ),
}
"""By the type's name and the beginning of the error."""


def case_of(token: str, rule: Refusal) -> Case:
    name = token.rpartition(":")[2]
    found = [c for (t, error), c in CASES.items() if t == name and rule.error.startswith(error)]
    assert len(found) == 1, f"{token}: {rule.error}: add a case to CASES"
    return found[0]


Situation = Callable[[bool], None]
"""Makes the call that the rule refuses, or with False one that it allows."""


def situation(token: str, rule: Refusal) -> Situation:
    if isinstance(rule, Unique):
        return lambda refused: _unique(token, rule, refused)
    if isinstance(rule, Needed):
        return lambda refused: refusals.judge_deletion(*_used(token, rule, refused))
    if isinstance(rule, Held):
        return lambda refused: _held(token, rule, refused)
    if isinstance(rule, NameKept):
        return lambda refused: _kept(token, rule, refused)
    if isinstance(rule, Associated):
        return lambda refused: _associated(token, rule, refused)
    case = case_of(token, rule)
    return lambda refused: _case(token, case, refused)


def _unique(token: str, rule: Unique, refused: bool) -> None:
    inventory = Inventory()
    inventory.create(existing(token, "one", at(rule.paths, "same")))
    other = existing(token, "two", at(rule.paths, "same" if refused else "another"))
    refusals.judge_creation(inventory, other)
    refusals.judge_update(inventory, other, other)


def _used(token: str, rule: Used, is_used: bool) -> tuple[Inventory, Existing]:
    inventory = Inventory()
    used = existing(token, "one", at(rule.by, "arn:it"))
    value = "one" if rule.by == "id" else "arn:it"
    if is_used:
        user, paths = next(iter(rule.users.items()))
        inventory.create(existing(user, "user", at(paths, [value])))
    return inventory, used


def _held(token: str, rule: Held, refused: bool) -> None:
    inventory, old = _used(token, rule, refused)
    after = {**old.properties, **at(rule.path, "another")}
    refusals.judge_update(inventory, old, replace(old, properties=after))


def _kept(token: str, rule: NameKept, refused: bool) -> None:
    inventory = Inventory()
    old = existing(token, "one", at(rule.path, "name"))
    inventory.create(old)
    inventory.delete(old.key, refusals.name_left(old) if refused else "")
    if rule.refused == "creation":
        refusals.judge_creation(inventory, old)
    else:
        refusals.judge_deletion(inventory, old)


def _associated(token: str, rule: Associated, refused: bool) -> None:
    inventory = Inventory()
    if not refused:
        holder, paths = next(iter(rule.holders.items()))
        inventory.create(existing(holder, "holder", at(paths.split()[0], "group")))
    refusals.judge_creation(inventory, existing(token, "one", at(rule.paths.split()[0], "group")))


def _case(token: str, case: Case, refused: bool) -> None:
    properties = case.refused if refused else case.allowed
    if case.old is None:
        refusals.judge_deletion(Inventory(), existing(token, "one", properties))
    else:
        old = existing(token, "one", case.old)
        refusals.judge_update(Inventory(), old, replace(old, properties=properties))


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_refuses_what_it_names_and_without_it_nothing_does(
    rule: tuple[str, Refusal], monkeypatch: pytest.MonkeyPatch
):
    token, refusal = rule
    described = TYPES[token]
    make = situation(token, refusal)

    def judge_by(*rules: Refusal) -> None:
        changed = {**TYPES, token: replace(described, refusals=rules)}
        monkeypatch.setattr(refusals, "TYPES", changed)

    judge_by(refusal)
    make(False)
    with pytest.raises(RefusedError, match="AWS refuses this: "):
        make(True)
    judge_by()
    make(True)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_names_its_source_and_only_properties_that_types_have(rule: tuple[str, Refusal]):
    token, refusal = rule
    assert refusal.source
    paths = {token: ""}
    if isinstance(refusal, Unique):
        paths = {token: refusal.paths}
    elif isinstance(refusal, Used):
        changing = refusal.path if isinstance(refusal, Held) else ""
        paths = {token: f"{refusal.by.removeprefix('id')} {changing}", **refusal.users}
    elif isinstance(refusal, NameKept):
        paths = {token: refusal.path}
    elif isinstance(refusal, Associated):
        paths = {token: refusal.paths, **refusal.holders}
    for one, text in paths.items():
        assert one in TYPES
        assert {path.partition(".")[0] for path in text.split()} <= properties_of(one), one


def test_every_case_belongs_to_a_rule():
    kinds = (Undeletable, Unchangeable)
    used = [case_of(token, rule) for token, rule in RULES if isinstance(rule, kinds)]
    assert len(used) == len(CASES)
