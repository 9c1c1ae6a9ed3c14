"""The policy pack of the rules of check.py: `pulumi preview --policy-pack policies`."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policies.check import RULES, STACK_RULES
from policies.rule import Context, Resource, Rule, StackRule

LEVELS = {"mandatory": EnforcementLevel.MANDATORY, "advisory": EnforcementLevel.ADVISORY}


def plain(value: Any) -> Any:
    """The SDK's proxies as plain maps and lists, with placeholders for unknown values (see
    rule.is_known)."""
    if isinstance(value, Mapping):
        return {key: item(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [item(value, number) for number in range(len(value))]
    return value


def item(holder: Any, key: Any) -> Any:
    try:
        return plain(holder[key])
    except UnknownValueError:
        return "${unknown}"


def stack_of(urn: str) -> str:
    return urn.split(":")[2]


def resource_policy(rule: Rule) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type in rule.types:
            for message in rule.check(
                plain(args.props), Context(stack_of(args.urn), args.resource_type)
            ):
                report(f"{args.name} {message}", None)

    return ResourceValidationPolicy(
        name=rule.name,
        description=rule.description,
        enforcement_level=LEVELS[rule.enforcement],
        validate=validate,
    )


def stack_policy(rule: StackRule) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        if not args.resources:
            return
        resources = [Resource(r.resource_type, r.name, plain(r.props)) for r in args.resources]
        for message in rule.check(resources, Context(stack_of(args.resources[0].urn))):
            report(message, None)

    return StackValidationPolicy(
        name=rule.name,
        description=rule.description,
        enforcement_level=LEVELS[rule.enforcement],
        validate=validate,
    )


PolicyPack(
    name="plataforma",
    policies=[
        *(resource_policy(rule) for rule in RULES),
        *(stack_policy(rule) for rule in STACK_RULES),
    ],
)
