"""The planned resources of a stack, as the rules ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prices.charge import Planned
from settings.usage.usage import UsageSettings

PROVIDER = "pulumi:providers:aws"
PLATFORM = "plataforma:platform:Platform"
TARGET = "aws:appautoscaling/target:Target"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
UNITS_A_VCPU = 1024
MIB_A_GIB = 1024


@dataclass(frozen=True)
class Tasks:
    """How many tasks of a service run on demand and on Spot, on average over time."""

    on_demand: float
    spot: float

    @property
    def total(self) -> float:
        return self.on_demand + self.spot


@dataclass(frozen=True)
class TaskSize:
    """`cpu`: the architecture, as prices are named by it."""

    cpu: str
    vcpus: float
    gib: float
    disk_gib: int

    @classmethod
    def of(cls, definition: Planned) -> TaskSize:
        inputs = definition.inputs
        platform = inputs.get("runtimePlatform") or {}
        return cls(
            cpu=str(platform.get("cpuArchitecture") or "X86_64").lower(),
            vcpus=int(inputs["cpu"]) / UNITS_A_VCPU,
            gib=int(inputs["memory"]) / MIB_A_GIB,
            disk_gib=int((inputs.get("ephemeralStorage") or {}).get("sizeInGib") or 0),
        )


@dataclass(frozen=True)
class Stack:
    """`resources`: all that it has, components too."""

    resources: Sequence[Planned]
    usage: UsageSettings

    @property
    def region(self) -> str:
        """Of the provider; empty where the plan does not show it."""
        names = (str(provider.inputs.get("region")) for provider in self.of_type(PROVIDER))
        return next((name for name in names if re.fullmatch(r"[a-z0-9-]+", name)), "")

    def of_type(self, token: str) -> Iterator[Planned]:
        return (resource for resource in self.resources if resource.type == token)

    def has(self, token: str) -> bool:
        return any(True for _ in self.of_type(token))

    def group_of(self, resource: Planned) -> tuple[str, str]:
        """The kind and name of the component below the platform that it belongs to."""
        by_urn = {one.urn: one for one in self.resources}
        below = resource
        while (parent := by_urn.get(below.parent)) and parent.type != PLATFORM:
            below = parent
        kind = below.type.rpartition(":")[2].lower() if not below.custom else "platform"
        return kind, below.name

    def task_definition(self, runner: Planned) -> Planned | None:
        """Of a service, or of the state machine of a job."""
        return next((d for d in self.of_type(TASK_DEFINITION) if d.name == runner.name), None)

    def task_range(self, service: Planned) -> tuple[int, int]:
        """The fewest and the most tasks of a service."""
        name = f"/{service.inputs.get('name')}"
        for target in self.of_type(TARGET):
            if str(target.inputs.get("resourceId")).endswith(name):
                return int(target.inputs["minCapacity"]), int(target.inputs["maxCapacity"])
        count = int(service.inputs.get("desiredCount") or 0)
        return count, count


def tasks_by_provider(service: Planned, tasks: int) -> Tasks:
    """ECS gives a provider its base first, and shares the rest by weight."""
    strategies = service.inputs.get("capacityProviderStrategies") or []
    if not strategies:
        return Tasks(tasks, 0)
    bases = {one["capacityProvider"]: int(one.get("base") or 0) for one in strategies}
    weights = {one["capacityProvider"]: int(one.get("weight") or 0) for one in strategies}
    rest = max(0, tasks - sum(bases.values()))
    total = sum(weights.values()) or 1
    shares = {name: min(tasks, bases[name]) + rest * weights[name] / total for name in bases}
    return Tasks(shares.get("FARGATE", 0), shares.get("FARGATE_SPOT", 0))
