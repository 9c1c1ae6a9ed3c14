"""What a planned stack needs of an account's quotas, beside what a new account has."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from simulation.plan import Plan, PlannedResource

SERVICE = "aws:ecs/service:Service"
TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
TARGET = "aws:appautoscaling/target:Target"
UNITS_A_VCPU = 1024


@dataclass(frozen=True)
class Need:
    """How much of a quota: with each service at its minimum, at its maximum, and while all of them
    deploy at their maximum. `quota`: its code in Service Quotas; `new_account`: its value there at
    first (AWS General Reference, "Service endpoints and quotas")."""

    what: str
    least: float
    most: float
    deploying: float
    quota: str
    new_account: float

    @property
    def exceeds(self) -> bool:
        return self.deploying > self.new_account

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        amounts = f"{self.most:g}"
        if (self.least, self.deploying) != (self.most, self.most):
            amounts = f"{self.least:g} to {self.most:g}, {self.deploying:g} while all deploy"
        return f"{self.what}: {amounts} (a new account has {self.new_account:g}; {self.quota})"


def needs(plan: Plan) -> tuple[Need, ...]:
    """Of Fargate's vCPUs, Elastic IPs, NAT gateways, VPCs and load balancers; none of what the
    stack uses nothing of."""
    found = [*_fargate(plan), *_counted(plan)]
    return tuple(need for need in found if need.deploying)


def _fargate(plan: Plan) -> Iterator[Need]:
    services = list(plan.of_type(SERVICE))
    for provider, what, quota in (
        ("FARGATE", "Fargate vCPUs on demand", "L-3032A538"),
        ("FARGATE_SPOT", "Fargate Spot vCPUs", "L-36FBB829"),
    ):
        least = sum(_vcpus(plan, one, _range(plan, one)[0], provider) for one in services)
        most = [_vcpus(plan, one, _range(plan, one)[1], provider) for one in services]
        deploying = sum(vcpus * _deploying(one) for vcpus, one in zip(most, services, strict=True))
        yield Need(what, least, sum(most), deploying, quota, new_account=6)


def _counted(plan: Plan) -> Iterator[Need]:
    gateways = [r.inputs.get("subnetId") for r in plan.of_type("aws:ec2/natGateway:NatGateway")]
    balancers = "aws:lb/loadBalancer:LoadBalancer"
    for what, count, quota, new_account in (
        ("Elastic IPs", len(list(plan.of_type("aws:ec2/eip:Eip"))), "L-0263D0A3", 5),
        ("NAT gateways in a zone", int(bool(gateways)), "L-FE5A380F", 5),
        ("VPCs", len(list(plan.of_type("aws:ec2/vpc:Vpc"))), "L-F678F1CE", 5),
        ("Application Load Balancers", len(list(plan.of_type(balancers))), "L-53DA6B97", 50),
    ):
        yield Need(what, count, count, count, quota, new_account)


def _range(plan: Plan, service: PlannedResource) -> tuple[int, int]:
    """Its fewest and most tasks."""
    name = f"/{service.inputs.get('name')}"
    for target in plan.of_type(TARGET):
        if str(target.inputs.get("resourceId")).endswith(name):
            return int(target.inputs["minCapacity"]), int(target.inputs["maxCapacity"])
    count = int(service.inputs.get("desiredCount") or 0)
    return count, count


def _vcpus(plan: Plan, service: PlannedResource, tasks: int, provider: str) -> float:
    definition = next(d for d in plan.of_type(TASK_DEFINITION) if d.name == service.name)
    return _tasks_of(service, tasks, provider) * int(definition.inputs["cpu"]) / UNITS_A_VCPU


def _tasks_of(service: PlannedResource, tasks: int, provider: str) -> int:
    """The tasks of a provider: its base, and its share of the rest by weight, rounded up."""
    strategies = service.inputs.get("capacityProviderStrategies") or []
    bases = {one["capacityProvider"]: int(one.get("base") or 0) for one in strategies}
    weights = {one["capacityProvider"]: int(one.get("weight") or 0) for one in strategies}
    rest = max(0, tasks - sum(bases.values()))
    share = weights.get(provider, 0) / (sum(weights.values()) or 1)
    return min(tasks, bases.get(provider, 0)) + math.ceil(rest * share)


def _deploying(service: PlannedResource) -> float:
    """How many times its tasks run in a deployment: blue/green runs both colors."""
    return float(service.inputs.get("deploymentMaximumPercent") or 200) / 100
