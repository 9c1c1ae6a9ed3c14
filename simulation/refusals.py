"""SIMULATION, not AWS: refuses what AWS refuses, by its limits and by the rules of resource_types/.

What the rules judge is a resource as it is after the call, and the others that exist then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from limits.check import problems
from resource_types.catalog import TYPES
from resource_types.model import Inputs, ResourceType
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
    changed,
    values_at,
)
from simulation.inventory import Existing, Inventory
from simulation.wire import reveal


class RefusedError(Exception):
    """AWS refuses the call; the message is AWS's."""


def judge_values(token: str, inputs: Inputs) -> None:
    """Errors: RefusedError. It names the properties and not their values, which may be secret."""
    refused = "; ".join(problems(token, reveal(inputs), show_values=False))
    if refused:
        raise RefusedError(f"SIMULATION, not AWS: {token}: {refused}")


def judge_creation(inventory: Inventory, new: Existing) -> None:
    """Errors: RefusedError."""
    for rule in _rules(new):
        taken = isinstance(rule, Unique) and _taken(rule, inventory, new, itself="")
        kept = isinstance(rule, NameKept) and _is_kept(rule, inventory, new, "creation")
        alone = isinstance(rule, Associated) and _lacks_holder(rule, inventory, new)
        if taken or alone or kept:
            raise _refused(rule, new)


def judge_update(inventory: Inventory, old: Existing, new: Existing) -> None:
    """Errors: RefusedError."""
    for rule in _rules(new):
        taken = isinstance(rule, Unique) and _taken(rule, inventory, new, itself=old.key)
        fixed = isinstance(rule, Unchangeable) and rule.when(old.properties, new.properties)
        alone = isinstance(rule, Associated) and _lacks_holder(rule, inventory, new)
        held = isinstance(rule, Held) and _is_held(rule, inventory, old, new)
        if taken or fixed or alone or held:
            raise _refused(rule, new)


def judge_deletion(inventory: Inventory, old: Existing) -> None:
    """Errors: RefusedError."""
    for rule in _rules(old):
        user = _user(rule, inventory, old) if isinstance(rule, Needed) else None
        if user:
            raise _refused(rule, old, f" (by {user.urn.rpartition('::')[2]})")
        protected = isinstance(rule, Undeletable) and rule.when(old.properties)
        kept = isinstance(rule, NameKept) and _is_kept(rule, inventory, old, "deletion")
        if protected or kept:
            raise _refused(rule, old)


def name_left(old: Existing) -> str:
    """The name that stays taken after this deletion."""
    for rule in _rules(old):
        if isinstance(rule, NameKept) and not rule.unless(old.properties):
            return next(iter(map(str, values_at(old.properties, rule.path))), "")
    return ""


def users(rule: Used, needed: Existing, others: list[Existing]) -> Iterator[Existing]:
    """Those of `others` that name the resource."""
    wanted = {needed.id} if rule.by == "id" else set(values_at(needed.properties, rule.by))
    for other in others:
        paths = rule.users.get(other.type, "").split()
        named = {str(value) for path in paths for value in values_at(other.properties, path)}
        named |= {arn.rpartition("/")[2] for arn in named}  # which ends with the name
        if other.key != needed.key and wanted & named:
            yield other


def _rules(resource: Existing) -> tuple[Refusal, ...]:
    described: ResourceType | None = TYPES.get(resource.type)
    return described.refusals if described else ()


def _taken(rule: Unique, inventory: Inventory, new: Existing, itself: str) -> bool:
    values = _unique_values(rule, new)
    others = (
        other
        for other in inventory.of_type(new.type)
        if other.key != itself and other.region == new.region
    )
    return any(values) and any(_unique_values(rule, other) == values for other in others)


def _unique_values(rule: Unique, resource: Existing) -> list[list[Any]]:
    return [values_at(resource.properties, path) for path in rule.paths.split()]


def _lacks_holder(rule: Associated, inventory: Inventory, new: Existing) -> bool:
    wanted = {value for path in rule.paths.split() for value in values_at(new.properties, path)}
    held = {
        value
        for token, paths in rule.holders.items()
        for holder in inventory.of_type(token)
        for path in paths.split()
        for value in values_at(holder.properties, path)
    }
    return not wanted <= held


def _is_kept(rule: NameKept, inventory: Inventory, resource: Existing, call: str) -> bool:
    if rule.refused != call or rule.unless(resource.properties):
        return False
    names = values_at(resource.properties, rule.path)
    return any(inventory.is_kept(resource.type, str(name)) for name in names)


def _is_held(rule: Held, inventory: Inventory, old: Existing, new: Existing) -> bool:
    moved = changed(rule.path)(old.properties, new.properties)
    return moved and _user(rule, inventory, old) is not None


def _user(rule: Used, inventory: Inventory, needed: Existing) -> Existing | None:
    if rule.unless(needed.properties):
        return None
    others = [other for token in rule.users for other in inventory.of_type(token)]
    return next(users(rule, needed, others), None)


class _Shown(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def _refused(rule: Refusal, resource: Existing, more: str = "") -> RefusedError:
    shown = _Shown({**resource.properties, "id": resource.id})
    return RefusedError(f"AWS refuses this: {rule.error.format_map(shown)}{more}")
