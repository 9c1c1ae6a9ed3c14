"""What AWS accepts: the limits of each property, names that are unique, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from limits import check, counts, names, table
from policies.rule import Context, Inputs, Resource, Rule, StackRule


def within_limits(inputs: Inputs, context: Context) -> Iterator[str]:
    yield from check.problems(context.type, inputs)


def unique_names(resources: Sequence[Resource], _: Context) -> Iterator[str]:
    """AWS would refuse the second, or give it the first."""
    first: dict[names.Identity, str] = {}
    for resource in resources:
        identity = names.identity(resource.type, resource.inputs)
        if identity and first.setdefault(identity, resource.name) != resource.name:
            yield f"{first[identity]} and {resource.name} would both be {identity}"


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
    StackRule("unique-names", "mandatory", "No two resources share a name.", unique_names),
    StackRule("aws-quotas", "advisory", "Counts stay in AWS's default quotas.", within_quotas),
)
