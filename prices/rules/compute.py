"""Fargate, and what a cluster and its services are billed for besides."""

from __future__ import annotations

from collections.abc import Iterator

from prices.charge import Charge, Planned, unknown
from prices.rules.rule import Rule
from prices.stack import Stack, TaskSize, tasks_by_provider

SERVICE = "aws:ecs/service:Service"
STORAGE_INCLUDED_GIB = 20  # ECS Developer Guide, "Fargate task ephemeral storage"
ALARMS_OF_TARGET_TRACKING = 2  # Application Auto Scaling User Guide: one to scale out, one in
STEPS_A_MONTH = 1000
STEPS_A_RUN = 5  # components/service/job/state_machine.py: its start, and four states at most
MINUTES_AN_HOUR = 60


def service(resource: Planned, stack: Stack) -> Iterator[Charge]:
    definition = stack.task_definition(resource)
    if definition is None:
        yield unknown("fargate", "the preview does not show its task definition")
        return
    size, hours = TaskSize.of(definition), stack.usage.hours
    fewest, most = (tasks_by_provider(resource, n) for n in stack.task_range(resource))
    for kind, least_tasks, most_tasks in (
        ("fargate", fewest.on_demand, most.on_demand),
        ("fargate-spot", fewest.spot, most.spot),
    ):
        for unit, amount in (("vcpu", size.vcpus), ("gb", size.gib)):
            name = f"{kind}/{size.cpu}/{unit}-hour"
            yield Charge(name, least_tasks * amount * hours, most_tasks * amount * hours)
    disk = max(0, size.disk_gib - STORAGE_INCLUDED_GIB) * hours
    yield Charge("fargate/storage-gb-hour", fewest.total * disk, most.total * disk)
    if (resource.inputs.get("networkConfiguration") or {}).get("assignPublicIp"):
        yield Charge("vpc/public-ipv4-hour", fewest.total * hours, most.total * hours)


def cluster(resource: Planned, stack: Stack) -> Iterator[Charge]:
    settings = resource.inputs.get("settings") or []
    if any(s.get("name") == "containerInsights" and s.get("value") != "disabled" for s in settings):
        yield unknown("Container Insights", "its metrics depend on how many tasks come and go")


def scaling_policy(resource: Planned, stack: Stack) -> Iterator[Charge]:
    if resource.inputs.get("policyType") == "TargetTrackingScaling":
        yield Charge("cloudwatch/alarm-month", ALARMS_OF_TARGET_TRACKING)


def discovery_service(resource: Planned, stack: Stack) -> Iterator[Charge]:
    """ECS Developer Guide, "Service discovery pricing": the hosted zone and the queries."""
    yield unknown("Cloud Map queries", "they depend on how often tasks look a name up")


def discovery_namespace(resource: Planned, stack: Stack) -> Iterator[Charge]:
    """It has a private hosted zone."""
    yield Charge("route53/hosted-zone-month", 1)


def state_machine(resource: Planned, stack: Stack) -> Iterator[Charge]:
    """That of a job runs its task; the other runs when a secret changes: far less than this."""
    definition = stack.task_definition(resource)
    if definition is None:
        yield Charge("states/transition", STEPS_A_MONTH)
        return
    usage, size = stack.usage, TaskSize.of(definition)
    hours = usage.job_runs * usage.job_minutes / MINUTES_AN_HOUR
    yield Charge("states/transition", usage.job_runs * STEPS_A_RUN)
    yield Charge(f"fargate/{size.cpu}/vcpu-hour", size.vcpus * hours)
    yield Charge(f"fargate/{size.cpu}/gb-hour", size.gib * hours)


RULES: dict[str, Rule] = {
    SERVICE: service,
    "aws:ecs/cluster:Cluster": cluster,
    "aws:appautoscaling/policy:Policy": scaling_policy,
    "aws:servicediscovery/service:Service": discovery_service,
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": discovery_namespace,
    "aws:sfn/stateMachine:StateMachine": state_machine,
}
