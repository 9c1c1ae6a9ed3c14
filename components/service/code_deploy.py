"""Blue/green deployments of a service by CodeDeploy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.service.ecs_service import capacity
from components.service.target import Target
from components.shared import iam
from components.shared.context import Context
from settings.service.rollout import RolloutSettings


@dataclass(frozen=True)
class CodeDeployArgs:
    """What CodeDeploy deploys, the target groups it shifts traffic between, and the alarms that
    make it roll back."""

    service: str
    rollout: RolloutSettings
    target: Target
    listener_arn: pulumi.Input[str]
    test_listener_arn: pulumi.Input[str] | None
    cluster_name: pulumi.Input[str]
    service_name: pulumi.Input[str]
    alarm_names: Sequence[pulumi.Input[str]]


class CodeDeploy(pulumi.ComponentResource):
    """Blue/green deployments of one service.

    Makes: codedeploy.Application, DeploymentGroup with alarms and rollback, its role, and for a
    canary or linear shift a DeploymentConfig.
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
        child_opts = pulumi.ResourceOptions(parent=self)
        physical_name = context.names.service(args.service)
        application = aws.codedeploy.Application(
            name, name=physical_name, compute_platform="ECS", opts=child_opts
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
            opts=child_opts,
        )
        self.application_name = application.name
        self.deployment_group_name = group.deployment_group_name
        self.register_outputs({"application": application.name})

    def _role(self, name: str, context: Context, service: str) -> iam.ServiceRole:
        return iam.service_role(
            name,
            physical_name=context.names.role(service, "rollout"),
            service="codedeploy",
            context=context,
            statements=[],
            managed_policy="AWSCodeDeployRoleForECS",
            parent=self,
        )

    def _configuration(
        self, name: str, physical_name: str, rollout: RolloutSettings
    ) -> pulumi.Input[str]:
        if rollout.shift == "all-at-once":
            return "CodeDeployDefault.ECSAllAtOnce"
        # Steps can't be changed in place: with them in its name, the new one can be made first.
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


@dataclass(frozen=True)
class AppSpecArgs:
    """What a deployment changes of the service, which ECS takes only from CodeDeploy."""

    task_definition_arn: pulumi.Input[str]
    container_name: str
    container_port: int
    subnet_ids: pulumi.Input[Sequence[str]]
    security_group_id: pulumi.Input[str]
    assign_public_ip: bool
    spot_share: int


def app_spec(args: AppSpecArgs) -> pulumi.Output[str]:
    """The AppSpec for `aws deploy create-deployment`, as JSON.

    Source: AWS CodeDeploy User Guide, "AppSpec 'resources' section for Amazon ECS deployments".
    """
    properties = {
        "CapacityProviderStrategy": [
            {
                "Base": item.get("base", 0),
                "CapacityProvider": item["capacity_provider"],
                "Weight": item.get("weight", 0),
            }
            for item in capacity(args.spot_share)
        ],
        "LoadBalancerInfo": {
            "ContainerName": args.container_name,
            "ContainerPort": args.container_port,
        },
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "AssignPublicIp": "ENABLED" if args.assign_public_ip else "DISABLED",
                "SecurityGroups": [args.security_group_id],
                "Subnets": args.subnet_ids,
            }
        },
        "TaskDefinition": args.task_definition_arn,
    }
    service = {"Type": "AWS::ECS::Service", "Properties": properties}
    spec = {"version": 0.0, "Resources": [{"TargetService": service}]}
    return pulumi.Output.json_dumps(spec, sort_keys=True)
