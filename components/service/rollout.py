"""How a new task definition replaces the old one: rolling, CodeDeploy, or blue/green by ECS."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.service.target import Target
from components.shared import iam
from components.shared.context import Context
from settings.service.health import Health
from settings.service.rollout import RolloutSettings
from settings.service.service import ServiceSettings

NATIVE_STRATEGIES = {"all-at-once": "BLUE_GREEN", "canary": "CANARY", "linear": "LINEAR"}
START_SECONDS = 20  # a small image is pulled and its container started on Fargate


def deploy_wait_seconds(service: ServiceSettings) -> int:
    """Seconds that a healthy deployment of one batch waits, by the settings alone.

    New tasks start and pass their checks, traffic moves and bakes, old tasks drain and stop. What
    an application needs to start or finish is not in it.
    """
    health = service.health
    if service.route is None:
        return START_SECONDS + service.stop_timeout_seconds
    healthy = health.interval_seconds * health.healthy_threshold
    drained = health.deregistration_delay_seconds + service.stop_timeout_seconds
    return START_SECONDS + healthy + drained + _shift_seconds(service.rollout)


def _shift_seconds(rollout: RolloutSettings) -> int:
    if rollout.strategy == "rolling":
        return 0
    steps = {
        "all-at-once": 0,
        "canary": 1,
        "linear": math.ceil(100 / rollout.percent) - 1,
    }[rollout.shift]
    return 60 * (steps * rollout.step_minutes + rollout.bake_minutes)


@dataclass(frozen=True)
class EcsRollout:
    """The part of an ECS service's arguments that a rollout decides."""

    arguments: Mapping[str, Any]
    ignored: Sequence[str]
    """Properties that something else changes while the service runs."""


def ecs_rollout(
    rollout: RolloutSettings,
    alarm_names: Sequence[pulumi.Input[str]],
    load_balancer: Mapping[str, Any] | None,
) -> EcsRollout:
    """Deployment arguments of an ECS service. `load_balancer` is its one target, if it has one."""
    balancers = [load_balancer] if load_balancer is not None else None
    capacity = {"deployment_minimum_healthy_percent": 100, "deployment_maximum_percent": 200}
    if rollout.strategy == "codedeploy":
        return EcsRollout(
            {"deployment_controller": {"type": "CODE_DEPLOY"}, "load_balancers": balancers},
            # CodeDeploy registers the new task definition and swaps the target groups.
            ["task_definition", "load_balancers"],
        )
    arguments: dict[str, Any] = {
        **capacity,
        "deployment_controller": {"type": "ECS"},
        "deployment_circuit_breaker": {"enable": True, "rollback": True},
        "load_balancers": balancers,
        "wait_for_steady_state": True,
        "sigint_rollback": True,
    }
    if alarm_names:
        arguments["alarms"] = {"alarm_names": alarm_names, "enable": True, "rollback": True}
    if rollout.strategy == "blue-green":
        arguments["deployment_configuration"] = native_configuration(rollout)
        return EcsRollout(arguments, [])
    return EcsRollout(arguments | {"availability_zone_rebalancing": "ENABLED"}, [])


def native_configuration(rollout: RolloutSettings) -> dict[str, Any]:
    """deploymentConfiguration of ECS's own blue/green, canary or linear deployment."""
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
    """What ECS needs to move traffic itself: the second group, the rules, and a role.

    Makes: iam.Role for ECS with AWS's policy for load balancers.
    """
    assert target.green is not None
    role = iam.service_role(
        f"{service}-rollout",
        physical_name=context.names.role(service, "rollout"),
        service="ecs",
        context=context,
        statements=[],
        parent=parent,
    )
    aws.iam.RolePolicyAttachment(
        f"{service}-rollout",
        role=role.name,
        policy_arn=f"arn:{context.partition}:iam::aws:policy/"
        "AmazonECSInfrastructureRolePolicyForLoadBalancers",
        opts=pulumi.ResourceOptions(parent=role),
    )
    configuration: dict[str, Any] = {
        "alternate_target_group_arn": target.green.arn,
        "production_listener_rule": target.rule.arn,
        "role_arn": role.arn,
    }
    if target.test_rule is not None:
        configuration["test_listener_rule"] = target.test_rule.arn
    return {"advanced_configuration": configuration}


@dataclass(frozen=True)
class CodeDeployArgs:
    """What CodeDeploy shifts, between which groups, and which alarms stop it."""

    service: str
    rollout: RolloutSettings
    health: Health
    target: Target
    listener_arn: pulumi.Input[str]
    test_listener_arn: pulumi.Input[str] | None
    cluster_name: pulumi.Input[str]
    service_name: pulumi.Input[str]
    alarm_names: Sequence[pulumi.Input[str]]


class CodeDeploy(pulumi.ComponentResource):
    """Blue/green by CodeDeploy for one service.

    Makes: codedeploy.Application, DeploymentConfig (canary or linear), DeploymentGroup with alarms
    and rollback, its role.
    """

    application_name: pulumi.Output[str]
    deployment_group_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        context: Context,
        args: CodeDeployArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:service:CodeDeploy", name, None, opts)
        below = pulumi.ResourceOptions(parent=self)
        physical_name = context.names.service(args.service)
        application = aws.codedeploy.Application(
            name, name=physical_name, compute_platform="ECS", opts=below
        )
        role = self._role(name, context, args.service)
        assert args.target.green is not None
        group = aws.codedeploy.DeploymentGroup(
            name,
            app_name=application.name,
            deployment_group_name=physical_name,
            deployment_config_name=self._configuration(name, physical_name, args.rollout),
            service_role_arn=role.arn,
            deployment_style={
                "deployment_option": "WITH_TRAFFIC_CONTROL",
                "deployment_type": "BLUE_GREEN",
            },
            ecs_service={"cluster_name": args.cluster_name, "service_name": args.service_name},
            blue_green_deployment_config={
                "deployment_ready_option": {"action_on_timeout": "CONTINUE_DEPLOYMENT"},
                "terminate_blue_instances_on_deployment_success": {
                    "action": "TERMINATE",
                    "termination_wait_time_in_minutes": args.rollout.bake_minutes,
                },
            },
            load_balancer_info={"target_group_pair_info": _pair(args)},
            alarm_configuration={"alarms": list(args.alarm_names), "enabled": True},
            auto_rollback_configuration={
                "enabled": True,
                "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
            },
            opts=below,
        )
        self.application_name = application.name
        self.deployment_group_name = group.deployment_group_name
        self.register_outputs({"application": application.name})

    def _role(self, name: str, context: Context, service: str) -> aws.iam.Role:
        role = iam.service_role(
            name,
            physical_name=context.names.role(service, "rollout"),
            service="codedeploy",
            context=context,
            statements=[],
            parent=self,
        )
        aws.iam.RolePolicyAttachment(
            name,
            role=role.name,
            policy_arn=f"arn:{context.partition}:iam::aws:policy/AWSCodeDeployRoleForECS",
            opts=pulumi.ResourceOptions(parent=role),
        )
        return role

    def _configuration(
        self, name: str, physical_name: str, rollout: RolloutSettings
    ) -> pulumi.Input[str]:
        if rollout.shift == "all-at-once":
            return "CodeDeployDefault.ECSAllAtOnce"
        # Its steps can't be changed in place: the name says them, so that a new one can be made.
        steps = f"{rollout.shift}-{rollout.percent}-{rollout.step_minutes}"
        configuration = aws.codedeploy.DeploymentConfig(
            name,
            deployment_config_name=f"{physical_name}-{steps}",
            compute_platform="ECS",
            traffic_routing_config=_traffic_routing(rollout),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=False),
        )
        return configuration.deployment_config_name


def _traffic_routing(
    rollout: RolloutSettings,
) -> aws.codedeploy.DeploymentConfigTrafficRoutingConfigArgsDict:
    interval, percentage = rollout.step_minutes, rollout.percent
    if rollout.shift == "canary":
        return {
            "type": "TimeBasedCanary",
            "time_based_canary": {"interval": interval, "percentage": percentage},
        }
    return {
        "type": "TimeBasedLinear",
        "time_based_linear": {"interval": interval, "percentage": percentage},
    }


def _pair(
    args: CodeDeployArgs,
) -> aws.codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoArgsDict:
    assert args.target.green is not None
    pair: aws.codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoArgsDict = {
        "prod_traffic_route": {"listener_arns": [args.listener_arn]},
        "target_groups": [{"name": args.target.blue.name}, {"name": args.target.green.name}],
    }
    if args.test_listener_arn is not None:
        pair["test_traffic_route"] = {"listener_arns": [args.test_listener_arn]}
    return pair


def app_spec(
    task_definition_arn: pulumi.Input[str], container_name: str, container_port: int
) -> pulumi.Output[str]:
    """The AppSpec that a pipeline hands to `aws deploy create-deployment`, as JSON.

    Source: AWS CodeDeploy User Guide, "AppSpec 'resources' section for Amazon ECS deployments".
    """

    def rendered(arn: str) -> str:
        properties = {
            "LoadBalancerInfo": {"ContainerName": container_name, "ContainerPort": container_port},
            "TaskDefinition": arn,
        }
        service = {"Type": "AWS::ECS::Service", "Properties": properties}
        return json.dumps({"version": 0.0, "Resources": [{"TargetService": service}]})

    return pulumi.Output.from_input(task_definition_arn).apply(rendered)
