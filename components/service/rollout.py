"""How a new task definition replaces the old one: rolling, blue/green by ECS, or CodeDeploy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.service.alarms import target_specs
from components.service.target import Target
from components.shared import iam
from components.shared.context import Context
from settings.service.health import Health
from settings.service.rollout import RolloutSettings
from settings.service.service import ServiceSettings

NATIVE_STRATEGIES = {"all-at-once": "BLUE_GREEN", "canary": "CANARY", "linear": "LINEAR"}
START_SECONDS = 20  # Fargate pulls a small image and starts its container
# terraform-provider-aws waits 20 minutes for each operation on a service by default.
LEAST_TIMEOUT_SECONDS = 20 * 60
MARGIN_SECONDS = 600


def deploy_wait_seconds(service: ServiceSettings) -> int:
    """Seconds that a healthy deployment of one batch of tasks takes because of the settings.

    New tasks start and pass their checks, traffic shifts and bakes, old tasks drain and stop, ECS
    watches the alarms. The time that the application itself needs to start or to finish comes on
    top.
    """
    health = service.health
    if service.route is None:
        return START_SECONDS + service.stop_timeout_seconds
    healthy = health.interval_seconds * health.healthy_threshold
    return START_SECONDS + healthy + _drain_seconds(service) + _shift_seconds(service)


def timeouts(service: ServiceSettings) -> pulumi.CustomTimeouts:
    """How long Pulumi waits for ECS: a deployment that fails and its rollback take as long as one
    that succeeds, and starting, pulling and capacity need a margin."""
    deployment = max(LEAST_TIMEOUT_SECONDS, 3 * deploy_wait_seconds(service) + MARGIN_SECONDS)
    deletion = max(LEAST_TIMEOUT_SECONDS, _drain_seconds(service) + MARGIN_SECONDS)
    return pulumi.CustomTimeouts(
        create=f"{deployment}s", update=f"{deployment}s", delete=f"{deletion}s"
    )


def _drain_seconds(service: ServiceSettings) -> int:
    delay = service.health.deregistration_delay_seconds if service.route else 0
    return delay + service.stop_timeout_seconds


def _alarm_seconds(health: Health) -> int:
    """After a rolling deployment ECS goes on watching the alarms, for a time that it computes from
    them and does not tell: taken as the longest that one needs to go off. Source: Amazon ECS
    Developer Guide, "How CloudWatch alarms detect Amazon ECS deployment failures"."""
    return 60 * max(spec.minutes for spec in target_specs(health))


def _shift_seconds(service: ServiceSettings) -> int:
    rollout = service.rollout
    if rollout.strategy == "rolling":
        return _alarm_seconds(service.health)
    steps = {
        "all-at-once": 0,
        "canary": 1,
        "linear": math.ceil(100 / rollout.percent) - 1,
    }[rollout.shift]
    return 60 * (steps * rollout.step_minutes + rollout.bake_minutes)


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
