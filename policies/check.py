"""All rules, and the violations of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from policies import data_stores, edge, limits, tasks
from policies.rule import Context, Enforcement, Resource

RULES = (*data_stores.RULES, *tasks.RULES, *edge.RULES, *limits.RULES)
STACK_RULES = (*edge.STACK_RULES, *limits.STACK_RULES)


@dataclass(frozen=True)
class Violation:
    """A resource that breaks a rule; `resource` is empty if the stack as a whole breaks it."""

    rule: str
    enforcement: Enforcement
    resource: str
    message: str

    def __str__(self) -> str:
        subject = f"{self.resource} {self.message}" if self.resource else self.message
        return f"policy {self.rule} ({self.enforcement}): {subject}"

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def violations(resources: Sequence[Resource], environment: str) -> tuple[Violation, ...]:
    """All violations in a stack of `environment`."""
    context = Context(environment)
    of_resources = [
        Violation(rule.name, rule.enforcement, resource.name, message)
        for resource in resources
        for rule in RULES
        if resource.type in rule.types
        for message in rule.check(resource.inputs, Context(environment, resource.type))
    ]
    of_stack = [
        Violation(rule.name, rule.enforcement, "", message)
        for rule in STACK_RULES
        for message in rule.check(resources, context)
    ]
    return (*of_resources, *of_stack)
