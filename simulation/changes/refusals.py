"""SIMULATION, not AWS: which changes of a plan the program's hooks refuse, or AWS halfway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.edge import replacement
from components.service import unsafe_changes
from policies.rule import Inputs
from simulation.plan import PlannedResource

PROVIDER = "pulumi:providers:aws"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
DATABASE_SUBNETS = "aws:rds/subnetGroup:SubnetGroup"
VPC = "aws:ec2/vpc:Vpc"
ANOTHER_STACK = (
    "A deployment would stop halfway. Make another stack (make environment), and move the data."
)


def refusals(resources: Sequence[PlannedResource]) -> tuple[str, ...]:
    """What is refused, each once."""
    found = (text for one in resources for text in _of(one, resources) if text)
    return tuple(dict.fromkeys(found))


def _of(resource: PlannedResource, resources: Sequence[PlannedResource]) -> Iterator[str]:
    before = resource.before
    if before is None:
        return
    kind = (resource.type, resource.operation)
    if kind == (TARGET_GROUP, "update"):
        yield _unsafe_change(resource, before)
    if kind == (LOAD_BALANCER, "replace"):
        yield _protected_replacement(resource, before)
    if kind == (DATABASE_SUBNETS, "update"):
        yield _other_vpc(resources)
    if resource.type == PROVIDER:
        yield _other_region(before.get("region"), resource.inputs.get("region"))


def _unsafe_change(target_group: PlannedResource, before: Inputs) -> str:
    service = target_group.name.rpartition("-")[0]
    old, new = before.get("tags") or {}, target_group.inputs.get("tags") or {}
    return unsafe_changes.refusal(service, old, new)


def _protected_replacement(load_balancer: PlannedResource, before: Inputs) -> str:
    """Protected as the settings before the change would have it: AWS alone knows more."""
    if not before.get("enableDeletionProtection"):
        return ""
    schemes = (
        replacement.scheme(bool(one.get("internal"))) for one in (before, load_balancer.inputs)
    )
    return replacement.refusal(str(before.get("name")), *schemes)


def _other_vpc(resources: Sequence[PlannedResource]) -> str:
    """Source: terraform-provider-aws, issue 27459: "The new Subnets are not in the same Vpc as the
    existing subnet group"."""
    if not any(one.type == VPC and one.operation == "replace" for one in resources):
        return ""
    return (
        "plataforma:network: another VPC would take the place of this one, and AWS refuses to move "
        f"the database's subnet group there. {ANOTHER_STACK}"
    )


def _other_region(was: object, becomes: object) -> str:
    """Sources: terraform-provider-aws, guide "Enhanced Region Support" (a resource without a region
    keeps that of the state); pulumi-aws, pull request 5656 (the provider replaces nothing)."""
    if was == becomes:
        return ""
    return (
        f"plataforma:region can't change from {was} to {becomes}: what exists stays in {was}, and "
        f"AWS refuses what is made in {becomes} to go with it. {ANOTHER_STACK}"
    )
