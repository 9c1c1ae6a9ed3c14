"""What AWS accepts: the limits of each property, names that are unique, and counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from limits import check, counts, names, table
from limits.names import UNKNOWN_TO_THE_ENGINE
from policies.rule import Context, Inputs, Resource, Rule, StackRule

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


def within_limits(inputs: Inputs, context: Context) -> Iterator[str]:
    yield from check.problems(context.type, inputs)


def unique_names(resources: Sequence[Resource], _: Context) -> Iterator[str]:
    """AWS would refuse the second, or give it the first."""
    first: dict[names.Identity, str] = {}
    for resource in resources:
        identity = names.identity(resource.type, resource.inputs)
        if identity and first.setdefault(identity, resource.name) != resource.name:
            yield f"{first[identity]} and {resource.name} would both be {identity}"


def inline_policies_fit(resources: Sequence[Resource], _: Context) -> Iterator[str]:
    """IAM's quota is of all inline policies of a role together; aws-limits sees one alone."""
    sizes: dict[str, list[int]] = {}
    for resource in resources:
        role = str(resource.inputs.get("role", UNKNOWN_TO_THE_ENGINE))
        if resource.type == ROLE_POLICY and role != UNKNOWN_TO_THE_ENGINE:
            text = str(resource.inputs.get("policy", ""))
            sizes.setdefault(role, []).append(len(re.sub(r"\s", "", text)))
    (limit,) = (one for one in table.limits_of(ROLE_POLICY, "policy") if one.without_space)
    for role, sized in sizes.items():
        if len(sized) > 1 and limit.most and sum(sized) > limit.most:
            yield (
                f"{role} has {len(sized)} inline policies of {sum(sized)} characters, not "
                f"{limit.most:g} at most ({limit.source})"
            )


def within_quotas(resources: Sequence[Resource], _: Context) -> Iterator[str]:
    counted: Counter[counts.Group] = Counter()
    for resource in resources:
        counted.update(counts.groups(resource.type, resource.inputs))
    for group, count in counted.items():
        if count > group.most:
            yield f"{count} {group}"


RULES = (
    Rule(
        "aws-limits",
        "mandatory",
        "Every value is one that AWS accepts.",
        table.types(),
        within_limits,
    ),
)
STACK_RULES = (
    StackRule(
        "inline-policies", "mandatory", "A role's inline policies fit IAM.", inline_policies_fit
    ),
    StackRule("unique-names", "mandatory", "No two resources share a name.", unique_names),
    StackRule("aws-quotas", "advisory", "Counts stay in AWS's default quotas.", within_quotas),
)
