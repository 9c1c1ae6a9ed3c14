"""The ECS service: where its tasks run, what finds them, how they are replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.service.infrastructure import Infrastructure
from components.service.rollout import ecs_rollout, native_target, timeouts
from components.service.target import Target
from components.shared.context import Context
from settings.service.service import ServiceSettings


@dataclass(frozen=True)
class EcsServiceArgs:
    """`target` is None for a service without a route; `rollback_alarms` are the names of the alarms
    that roll a deployment back."""

    settings: ServiceSettings
    infrastructure: Infrastructure
    task_definition_arn: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    target: Target | None
    rollback_alarms: Sequence[pulumi.Input[str]]


def ecs_service(
    name: str, context: Context, args: EcsServiceArgs, parent: pulumi.Resource
) -> aws.ecs.Service:
    """Makes: ecs.Service, and a servicediscovery.Service for a port without a route."""
    settings, target = args.settings, args.target
    cluster, network = args.infrastructure.cluster, args.infrastructure.network
    load_balancer = _load_balancer(name, context, args, parent)
    rollout = ecs_rollout(settings.rollout, args.rollback_alarms, load_balancer)
    return aws.ecs.Service(
        name,
        name=name,
        cluster=cluster.arn,
        task_definition=args.task_definition_arn,
        desired_count=settings.scaling.min,
        capacity_provider_strategies=capacity(settings.spot_share),
        network_configuration={
            "subnets": network.task_subnet_ids,
            "security_groups": [args.security_group_id],
            "assign_public_ip": network.assign_public_ip,
        },
        health_check_grace_period_seconds=settings.health.grace_period_seconds if target else None,
        enable_execute_command=cluster.exec_enabled,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        service_registries=_service_registry(name, args, parent),
        opts=pulumi.ResourceOptions(
            parent=parent,
            # The autoscaler changes desired_count; its range is in the scaling target.
            ignore_changes=["desired_count", *rollout.ignored],
            depends_on=target.rules if target else [],
            custom_timeouts=timeouts(settings),
        ),
        **rollout.arguments,
    )


def capacity(spot_share: int) -> list[aws.ecs.ServiceCapacityProviderStrategyArgsDict]:
    """Weights for `spot_share` percent of the tasks on Spot; below 100 one task stays off Spot."""
    on_demand: aws.ecs.ServiceCapacityProviderStrategyArgsDict = {
        "capacity_provider": "FARGATE",
        "weight": 100 - spot_share,
        "base": 1,
    }
    spot: aws.ecs.ServiceCapacityProviderStrategyArgsDict = {
        "capacity_provider": "FARGATE_SPOT",
        "weight": spot_share,
    }
    if spot_share == 0:
        return [on_demand]
    return [spot] if spot_share == 100 else [on_demand, spot]


def _load_balancer(
    name: str, context: Context, args: EcsServiceArgs, parent: pulumi.Resource
) -> dict[str, Any] | None:
    if args.target is None:
        return None
    load_balancer: dict[str, Any] = {
        "target_group_arn": args.target.blue.arn,
        "container_name": name,
        "container_port": args.settings.port,
    }
    if args.settings.rollout.strategy == "blue-green":
        load_balancer |= native_target(name, context, args.target, parent)
    return load_balancer


def _service_registry(
    name: str, args: EcsServiceArgs, parent: pulumi.Resource
) -> aws.ecs.ServiceServiceRegistriesArgsDict | None:
    """A service with a port and no route is found by its DNS name, <service>.<namespace>."""
    if args.target is not None or args.settings.port is None:
        return None
    registry = aws.servicediscovery.Service(
        name,
        name=name,
        dns_config={
            "namespace_id": args.infrastructure.cluster.namespace_id,
            "dns_records": [{"type": "A", "ttl": 10}],
            "routing_policy": "MULTIVALUE",
        },
        # Cloud Map deletes no service that has instances, and a task that ECS kills stays one.
        force_destroy=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return {"registry_arn": registry.arn}
