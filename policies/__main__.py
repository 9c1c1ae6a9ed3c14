"""The policy pack of the rules of check.py: `pulumi preview --policy-pack policies`."""

import sys
from pathlib import Path

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

from policies.check import RULES, STACK_RULES
from policies.rule import Context, Resource, Rule, StackRule

LEVELS = {"mandatory": EnforcementLevel.MANDATORY, "advisory": EnforcementLevel.ADVISORY}


def stack_of(urn: str) -> str:
    return urn.split(":")[2]


def resource_policy(rule: Rule) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type in rule.types:
            for message in rule.check(args.props, Context(stack_of(args.urn))):
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
        resources = [Resource(r.resource_type, r.name, r.props) for r in args.resources]
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
