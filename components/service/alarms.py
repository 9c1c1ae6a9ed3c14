"""CloudWatch alarms of a service."""

from __future__ import annotations

from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components.service.infrastructure import Infrastructure
from components.service.target import Target
from components.shared.alarms import AlarmSpec
from settings.service.health import Health
from settings.service.rollout import LATENCY_MINUTES, UNHEALTHY_MINUTES, unhealthy_minutes

TASK_ALARMS = (
    AlarmSpec("cpu", "AWS/ECS", "CPUUtilization", ">", 90, minutes=15, meaning="CPU above 90 %"),
    AlarmSpec(
        "memory",
        "AWS/ECS",
        "MemoryUtilization",
        ">",
        90,
        minutes=5,
        meaning="memory above 90 %; at 100 % tasks are killed",
    ),
)
TARGET_ALARMS = (
    AlarmSpec(
        "5xx",
        "AWS/ApplicationELB",
        "HTTPCode_Target_5XX_Count",
        ">",
        10,
        minutes=3,
        statistic="Sum",
        missing="notBreaching",
        meaning="more than ten errors a minute",
    ),
    AlarmSpec(
        "unhealthy",
        "AWS/ApplicationELB",
        "UnHealthyHostCount",
        ">",
        0,
        minutes=UNHEALTHY_MINUTES,
        statistic="Maximum",
        missing="notBreaching",
        meaning="tasks fail their health checks",
    ),
    AlarmSpec(
        "latency",
        "AWS/ApplicationELB",
        "TargetResponseTime",
        ">",
        2,
        minutes=LATENCY_MINUTES,
        statistic="p95",
        missing="notBreaching",
        meaning="one answer in twenty takes more than two seconds",
    ),
)


def target_specs(health: Health) -> list[AlarmSpec]:
    """The alarms on a service's responses."""
    unhealthy = unhealthy_minutes(health)
    return [
        replace(spec, minutes=unhealthy) if spec.name == "unhealthy" else spec
        for spec in TARGET_ALARMS
    ]


def task_alarms(
    name: str,
    infrastructure: Infrastructure,
    service_name: pulumi.Input[str],
    parent: pulumi.Resource,
) -> None:
    """Alarms on the CPU and memory of all tasks of the service `name`."""
    dimensions = {"ClusterName": infrastructure.cluster.name, "ServiceName": service_name}
    for spec in TASK_ALARMS:
        infrastructure.alarms.add(f"{name}-{spec.name}", spec, dimensions, parent)


def target_alarms(
    name: str,
    infrastructure: Infrastructure,
    target: Target,
    health: Health,
    parent: pulumi.Resource,
) -> list[aws.cloudwatch.MetricAlarm]:
    """Alarms on the responses of the service `name`; they also roll a deployment back."""
    groups = [("", target.blue), *([("-green", target.green)] if target.green else [])]
    return [
        infrastructure.alarms.add(
            f"{name}-{spec.name}{suffix}",
            spec,
            {
                "LoadBalancer": target.edge.load_balancer_arn_suffix,
                "TargetGroup": group.arn_suffix,
            },
            parent,
        )
        for suffix, group in groups
        for spec in target_specs(health)
    ]
