"""Planned resources, made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prices.estimate import Estimate, estimate
from simulation.plan import PlannedResource

PLATFORM = PlannedResource(
    type="plataforma:platform:Platform", name="platform", inputs={}, urn="platform", custom=False
)


def component(kind: str, name: str) -> PlannedResource:
    return PlannedResource(
        type=f"plataforma:{kind}", name=name, inputs={}, urn=name, parent="platform", custom=False
    )


def planned(token: str, name: str, of: str = "", /, **inputs: Any) -> PlannedResource:
    return PlannedResource(type=token, name=name, inputs=inputs, urn=f"{token}::{name}", parent=of)


def priced(
    *resources: PlannedResource, region: str = "eu-west-1", usage: Mapping[str, Any] | None = None
) -> Estimate:
    """The estimate of these resources of a platform in a region."""
    provider = planned("pulumi:providers:aws", "aws", region=region)
    return estimate([provider, PLATFORM, *resources], {"usage": usage or {}})


def service(
    name: str, *, fewest: int, most: int, cpu: int, memory: int, spot: int = 0, arm: bool = True
) -> list[PlannedResource]:
    """A Fargate service: one task of it on demand, `spot` percent of the others on Spot."""
    strategies = [{"capacityProvider": "FARGATE", "base": 1, "weight": 100 - spot}]
    if spot:
        strategies.append({"capacityProvider": "FARGATE_SPOT", "weight": spot})
    architecture = "ARM64" if arm else "X86_64"
    return [
        component("service:Service", name),
        planned(
            "aws:ecs/taskDefinition:TaskDefinition",
            name,
            name,
            cpu=str(cpu),
            memory=str(memory),
            runtimePlatform={"cpuArchitecture": architecture},
        ),
        planned(
            "aws:ecs/service:Service",
            name,
            name,
            name=name,
            desiredCount=fewest,
            capacityProviderStrategies=strategies,
        ),
        planned(
            "aws:appautoscaling/target:Target",
            name,
            name,
            resourceId=f"service/cluster/{name}",
            minCapacity=fewest,
            maxCapacity=most,
        ),
    ]
