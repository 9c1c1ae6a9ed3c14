"""How a new task definition replaces the old one: rolling, blue/green by ECS, or CodeDeploy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.service.target import Target
from components.shared import iam
from components.shared.context import Context
from settings.service.rollout import (
    LEAST_TIMEOUT_SECONDS,
    MARGIN_SECONDS,
    RolloutSettings,
    timeout_seconds,
)
from settings.service.service import ServiceSettings

NATIVE_STRATEGIES = {"all-at-once": "BLUE_GREEN", "canary": "CANARY", "linear": "LINEAR"}


def timeouts(service: ServiceSettings) -> pulumi.CustomTimeouts:
    """How long Pulumi waits for ECS: a deployment that fails and its rollback take as long as one
    that succeeds, and starting, pulling and capacity need a margin."""
    deployment = timeout_seconds(service.deploy_wait_seconds)
    deletion = max(LEAST_TIMEOUT_SECONDS, service.drain_seconds + MARGIN_SECONDS)
    return pulumi.CustomTimeouts(
        create=f"{deployment}s", update=f"{deployment}s", delete=f"{deletion}s"
    )


@dataclass(frozen=True)
class EcsRollout:
    """The arguments of an ECS service that depend on the rollout."""

    arguments: Mapping[str, Any]
    ignored: Sequence[str]
    """Properties that ECS or CodeDeploy changes while the service runs."""


def ecs_rollout(
    rollout: RolloutSettings,
    alarm_names: Sequence[pulumi.Input[str]],
    load_balancer: Mapping[str, Any] | None,
) -> EcsRollout:
    """`load_balancer` is the service's one entry of `loadBalancers`, if it has a route."""
    balancers = [load_balancer] if load_balancer is not None else None
    capacity = {"deployment_minimum_healthy_percent": 100, "deployment_maximum_percent": 200}
    if rollout.strategy == "codedeploy":
        return EcsRollout(
            {"deployment_controller": {"type": "CODE_DEPLOY"}, "load_balancers": balancers},
            # Of these ECS refuses any update: the AppSpec of a deployment holds them. Source:
            # botocore, ecs service-2.json, UpdateService.
            [
                "task_definition",
                "load_balancers",
                "network_configuration",
                "capacity_provider_strategies",
            ],
        )
    arguments: dict[str, Any] = {
        **capacity,
        "deployment_controller": {"type": "ECS"},
        "deployment_circuit_breaker": {"enable": True, "rollback": True},
        "deployment_configuration": native_configuration(rollout),
        # The provider refuses a change of capacity providers without it (terraform-provider-aws,
        # internal/service/ecs/service.go, capacityProviderStrategyCustomizeDiff).
        "force_new_deployment": True,
        "load_balancers": balancers,
        "wait_for_steady_state": True,
        "sigint_rollback": True,
    }
    if alarm_names:
        arguments["alarms"] = {"alarm_names": alarm_names, "enable": True, "rollback": True}
    if rollout.strategy == "blue-green":
        # ECS swaps the two target groups in each deployment. Sent back, the first pair would have
        # each deployment start in the group that has the traffic (terraform-provider-aws #45678).
        return EcsRollout(arguments, ["load_balancers"])
    return EcsRollout(arguments | {"availability_zone_rebalancing": "ENABLED"}, [])


def native_configuration(rollout: RolloutSettings) -> dict[str, Any]:
    """deploymentConfiguration of a deployment by ECS. The provider keeps the strategy that it finds
    where none is given (optional and computed), so that rolling is said, too."""
    if rollout.strategy == "rolling":
        return {"strategy": "ROLLING"}
    configuration: dict[str, Any] = {
        "strategy": NATIVE_STRATEGIES[rollout.shift],
        "bake_time_in_minutes": str(rollout.bake_minutes),
    }
    if rollout.shift == "canary":
        configuration["canary_configuration"] = {
            "canary_percent": float(rollout.percent),
            "canary_bake_time_in_minutes": str(rollout.step_minutes),
        }
    if rollout.shift == "linear":
        configuration["linear_configuration"] = {
            "step_percent": float(rollout.percent),
            "step_bake_time_in_minutes": str(rollout.step_minutes),
        }
    return configuration


def native_target(
    service: str, context: Context, target: Target, parent: pulumi.Resource
) -> dict[str, Any]:
    """What ECS needs to shift traffic itself: the second target group, the rules, and a role.

    Makes: iam.Role for ECS with AWS's policy for load balancers.
    """
    assert target.green is not None
    role = iam.service_role(
        f"{service}-rollout",
        physical_name=context.names.role(service, "rollout"),
        service="ecs",
        context=context,
        statements=[],
        managed_policy="AmazonECSInfrastructureRolePolicyForLoadBalancers",
        parent=parent,
    )
    configuration: dict[str, Any] = {
        "alternate_target_group_arn": target.green.arn,
        "production_listener_rule": target.rule.arn,
        "role_arn": role.arn,
    }
    if target.test_rule is not None:
        configuration["test_listener_rule"] = target.test_rule.arn
    return {"advanced_configuration": configuration}
