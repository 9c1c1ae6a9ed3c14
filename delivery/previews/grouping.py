"""The part of the platform that a resource belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from resource_types.catalog import TYPES
from resource_types.words import counted
from simulation.plan import Plan, PlannedResource
from simulation.protocol import STACK

ROOTS = (STACK, "plataforma:platform:Platform")
COMPONENT_PACKAGES = ("plataforma:", "pulumi:pulumi:", "awsx:")
# What a part is said to be made of.
MAIN_TYPES = (
    "aws:cloudfront/distribution:Distribution",
    "aws:ec2/vpc:Vpc",
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:appautoscaling/target:Target",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/listenerRule:ListenerRule",
    "aws:mq/broker:Broker",
    "aws:rds/instance:Instance",
    "aws:sqs/queue:Queue",
)
MOST_SUMMARIES = 4
VOLUME = "volume"
VOLUME_PREFIX = f"{VOLUME}-"
"""Which the platform puts before the name of a volume in the stack file."""


def parts_of(plan: Plan) -> list[tuple[str, str]]:
    """The parts of a stack, those of a kind by name, each with a summary and the number of its
    resources."""
    parents = {resource.urn: resource.parent for resource in plan.resources}
    parts: dict[str, list[PlannedResource]] = {}
    for resource in plan.after:
        if not is_component(resource.urn) and not resource.type.startswith("pulumi:"):
            parts.setdefault(group_of(resource.urn, parents), []).append(resource)
    kinds = list(dict.fromkeys(map(_kind_in, parts)))
    names = sorted(parts, key=lambda name: (kinds.index(_kind_in(name)), name))
    return [(name, _made_of(parts[name])) for name in names]


def _kind_in(label: str) -> str:
    return label.partition(" ")[0]


def _made_of(resources: list[PlannedResource]) -> str:
    """`512 CPU units, 1024 MiB, arm64; 2-6 tasks; 23 resources`."""
    names = [one.name for one in resources if one.type == "aws:ecs/service:Service"]
    found = [] if len(names) > 1 else [_summary(one) for one in resources]
    summaries = list(dict.fromkeys(filter(None, found)))
    shown = summaries[:MOST_SUMMARIES] if len(names) < 2 else [f"services {', '.join(names)}"]
    return "; ".join([*shown, counted(len(resources), "resource")])


def _summary(resource: PlannedResource) -> str:
    described = TYPES.get(resource.type)
    if described is None or described.summary is None or resource.type not in MAIN_TYPES:
        return ""
    return described.summary(resource.inputs)


def type_of(urn: str) -> str:
    return _chain(urn)[-1]


def name_of(urn: str) -> str:
    return urn.rpartition("::")[2]


def stack_of(urn: str) -> str:
    """`staging` of urn:pulumi:staging::<project>::<types>::<name>."""
    return urn.removeprefix("urn:pulumi:").partition("::")[0]


def is_component(urn: str) -> bool:
    """Whether it is a component, the stack or a stack reference."""
    return type_of(urn).startswith(COMPONENT_PACKAGES)


def group_of(urn: str, parents: Mapping[str, str]) -> str:
    """`service backend`, `network`: the component directly below the platform. `parents`: URN to
    URN."""
    below = urn
    while True:
        parent = parents.get(below, "")
        if not parent or type_of(parent) in ROOTS:
            break
        below = parent
    chain = _chain(below)
    if not is_component(below) or chain[-1] in ROOTS:
        return _group_by_name(urn, parents) if len(chain) > 2 else "platform"
    return _label(_kind(chain[-1]), name_of(below))


def _group_by_name(urn: str, parents: Mapping[str, str]) -> str:
    """By its name, which begins with the component's: the preview does not show its parents."""
    kind = _chain(urn)[1]
    seen = {name_of(p) for p in (*parents, *parents.values()) if type_of(p) == kind}
    name = name_of(urn)
    candidates = [other for other in seen if name == other or name.startswith(f"{other}-")]
    return _label(_kind(kind), max(candidates, key=len)) if candidates else _kind(kind)


def _label(kind: str, name: str) -> str:
    if name.replace("-", "") == kind:
        return name
    return f"{kind} {name.removeprefix(VOLUME_PREFIX) if kind == VOLUME else name}"


def _kind(token: str) -> str:
    return token.rpartition(":")[2].lower()


def _chain(urn: str) -> list[str]:
    parts = urn.split("::")
    return parts[2].split("$") if len(parts) > 3 else [""]
