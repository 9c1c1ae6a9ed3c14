"""Blue/green deployments of a service by CodeDeploy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

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


def app_spec(
    task_definition_arn: pulumi.Input[str], container_name: str, container_port: int
) -> pulumi.Output[str]:
    """The AppSpec for `aws deploy create-deployment`, as JSON.

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
