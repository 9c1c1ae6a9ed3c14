"""One service on Fargate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.service.alarms import target_alarms, task_alarms
from components.service.code_deploy import AppSpecArgs, CodeDeploy, CodeDeployArgs, app_spec
from components.service.ecs_service import EcsServiceArgs, ecs_service
from components.service.infrastructure import Infrastructure
from components.service.scaling import ScalingArgs, ServiceScaling
from components.service.security_group import ConnectionArgs, service_security_group
from components.service.target import Target, TargetArgs
from components.service.task.containers import (
    ContainerArgs,
    log_router,
    one_off_container,
    service_containers,
)
from components.service.task.roles import execution_role, task_role
from components.service.task.task_definition import (
    Container,
    TaskDefinitionArgs,
    task_definition,
)
from components.shared import iam
from components.shared.context import Context
from components.shared.link import Link, merge
from components.shared.logs import log_group, write_statement
from components.shared.queue_metric import QueueMetric
from components.shared.secret_handle import SecretHandle
from settings.service import registries
from settings.service.service import ServiceSettings


@dataclass(frozen=True)
class ServiceArgs:
    """One service.

    `links` are what its stores give it; `queue_metric` is the depth of the queue that the settings
    scale by; `disk_gib` the ephemeral storage of a task, 21 to 200, or None for Fargate's 20.
    """

    settings: ServiceSettings
    infrastructure: Infrastructure
    links: Sequence[Link] = ()
    queue_metric: QueueMetric | None = None
    disk_gib: int | None = None


class Service(pulumi.ComponentResource):
    """One service on Fargate.

    Makes: cloudwatch.LogGroup, execution and task role, ec2.SecurityGroup with the rules to what it
    may connect to, ecs.TaskDefinition, ecs.Service, alarms; and where the settings ask for it
    Target, ServiceScaling, CodeDeploy, a Cloud Map service.
    """

    settings: ServiceSettings
    image: pulumi.Output[str]
    secrets: Sequence[SecretHandle]
    """The secrets that its containers get."""
    security_group_id: pulumi.Output[str]
    service_name: pulumi.Output[str]
    summary: dict[str, Any]
    """What a pipeline needs to deploy and watch the service: a stack output."""

    def __init__(
        self,
        name: str,
        context: Context,
        args: ServiceArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:service:Service", name, None, opts)
        settings, infrastructure = args.settings, args.infrastructure
        self._name, self._context, self._args = name, context, args
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self._link = merge(
            f"service {name}", [Link("environment", settings.environment), *args.links]
        )
        self.settings = settings
        self.secrets = _secrets(self._link)
        self.image = infrastructure.images.reference(settings.image, settings.architecture)
        target = self._target()
        self.security_group_id = service_security_group(
            name,
            ConnectionArgs(infrastructure, self._link.endpoints, settings.egress, target),
            parent=self,
        )
        self._logs = log_group(
            name,
            physical_name=context.names.log_group(name),
            retention_days=settings.log_retention_days,
            key_arn=infrastructure.key_arn,
            parent=self,
        )
        self._execution_role, self._task_role = self._roles()
        definition = self._task_definition(name, service_containers(self._container_args))
        rollback_alarms = (
            target_alarms(name, infrastructure, target, settings.health, self) if target else []
        )
        alarm_names = [alarm.name for alarm in rollback_alarms]
        service = self._ecs_service(definition, target, alarm_names)
        self.service_name = service.name
        self._scaling(target)
        task_alarms(name, infrastructure, service.name, self)
        self.summary = self._summary(definition)
        if target and self.is_deployed_by_code_deploy:
            self._code_deploy(definition, target, alarm_names)
        self.register_outputs({"taskDefinition": definition.arn, "image": self.image})

    @property
    def is_deployed_by_code_deploy(self) -> bool:
        """Whether ECS lets only CodeDeploy deploy it."""
        return self.settings.rollout.strategy == "codedeploy"

    @property
    def role_arns(self) -> list[pulumi.Output[str]]:
        """The roles that its tasks are given."""
        return [self._execution_role.arn, self._task_role.arn]

    @property
    def one_off_network(self) -> dict[str, Any]:
        """Where a one-off task of the service runs: part of a stack output."""
        infrastructure = self._args.infrastructure
        network = infrastructure.network
        return {
            "cluster": infrastructure.cluster.name,
            "subnets": network.task_subnet_ids,
            "securityGroups": [self.security_group_id],
            "assignPublicIp": "ENABLED" if network.assign_public_ip else "DISABLED",
        }

    def one_off_task(
        self,
        name: str,
        command: Sequence[str],
        cpu_units: int | None = None,
        memory_mib: int | None = None,
    ) -> aws.ecs.TaskDefinition:
        """A task definition that runs one command in the service's image, with its links; its size
        is the service's unless another is given."""
        container = one_off_container(name, command, self._container_args)
        return self._task_definition(name, [container], cpu_units, memory_mib)

    @property
    def _container_args(self) -> ContainerArgs:
        infrastructure = self._args.infrastructure
        return ContainerArgs(
            service=self._name,
            settings=self.settings,
            image=self.image,
            environment_name=self._context.names.environment,
            region=self._context.region,
            proxies=infrastructure.edge.proxies if infrastructure.edge else 0,
            log_group=self._logs.name,
            credentials_arn=_arn(infrastructure.pull_secret_for(self.settings.image)),
            sidecar_credentials_arns={
                sidecar.name: _arn(infrastructure.pull_secret_for(sidecar.image_name))
                for sidecar in self._link.sidecars
            },
            link=self._link,
            has_exec=infrastructure.cluster.exec_enabled,
        )

    @property
    def _images(self) -> list[str]:
        """Full references of its images; of the platform's sidecars, any of the registry."""
        registry = self._args.infrastructure.registry
        return [registries.full_reference(name, registry) for name in self._image_names]

    @property
    def _image_names(self) -> list[str]:
        return [self.settings.image, *(sidecar.image_name for sidecar in self._link.sidecars)]

    def _roles(self) -> tuple[iam.ServiceRole, iam.ServiceRole]:
        infrastructure, settings = self._args.infrastructure, self.settings
        pull_secrets = filter(None, map(infrastructure.pull_secret_for, self._image_names))
        pull_secret = next(pull_secrets, None)
        execution = execution_role(
            self._name,
            self._context,
            log_group_arn=self._logs.arn,
            secrets=[*self.secrets, *([pull_secret] if pull_secret else [])],
            key_arn=infrastructure.key_arn,
            images=self._images,
            parent=self,
        )
        statements = list(self._link.statements)
        if log_router(self._link):
            statements.append(write_statement(self._logs.arn))
        task = task_role(
            self._name,
            self._context,
            infrastructure.cluster,
            statements,
            protects_tasks=settings.scaling.queue is not None or bool(settings.consumes),
            parent=self,
        )
        return execution, task

    def _task_definition(
        self,
        name: str,
        containers: Sequence[Container],
        cpu_units: int | None = None,
        memory_mib: int | None = None,
    ) -> aws.ecs.TaskDefinition:
        args = TaskDefinitionArgs(
            family=self._context.names.service(name),
            cpu_units=cpu_units or self.settings.cpu,
            memory_mib=memory_mib or self.settings.memory,
            architecture=self.settings.architecture,
            execution_role_arn=self._execution_role.arn,
            task_role_arn=self._task_role.arn,
            containers=containers,
            disk_gib=self._args.disk_gib,
        )
        return task_definition(name, args, parent=self)

    def _target(self) -> Target | None:
        settings, infrastructure = self.settings, self._args.infrastructure
        if settings.route is None or settings.port is None or infrastructure.edge is None:
            return None
        args = TargetArgs(
            service=self._name,
            port=settings.port,
            route=settings.route,
            health=settings.health,
            edge=infrastructure.edge,
            network=infrastructure.network,
            rollout=settings.rollout.strategy,
        )
        return Target(f"{self._name}-target", self._context, args, self._child_opts)

    def _ecs_service(
        self,
        definition: aws.ecs.TaskDefinition,
        target: Target | None,
        rollback_alarms: Sequence[pulumi.Input[str]],
    ) -> aws.ecs.Service:
        args = EcsServiceArgs(
            settings=self.settings,
            infrastructure=self._args.infrastructure,
            task_definition_arn=definition.arn,
            security_group_id=self.security_group_id,
            target=target,
            rollback_alarms=rollback_alarms,
        )
        return ecs_service(self._name, self._context, args, self)

    def _scaling(self, target: Target | None) -> None:
        infrastructure = self._args.infrastructure
        groups = [target.blue, target.green] if target else []
        args = ScalingArgs(
            settings=self.settings.scaling,
            cluster_name=infrastructure.cluster.name,
            service_name=self.service_name,
            alarms=infrastructure.alarms,
            load_balancer=target.edge.load_balancer_arn_suffix if target else "",
            target_groups=[group.arn_suffix for group in groups if group],
            queue=self._args.queue_metric,
        )
        ServiceScaling(f"{self._name}-scaling", args, self._child_opts)

    def _code_deploy(
        self,
        definition: aws.ecs.TaskDefinition,
        target: Target,
        alarm_names: Sequence[pulumi.Input[str]],
    ) -> None:
        infrastructure = self._args.infrastructure
        args = CodeDeployArgs(
            service=self._name,
            rollout=self.settings.rollout,
            target=target,
            listener_arn=target.edge.listener_arn,
            test_listener_arn=target.edge.test_listener_arn,
            cluster_name=infrastructure.cluster.name,
            service_name=self.service_name,
            alarm_names=alarm_names,
        )
        code_deploy = CodeDeploy(f"{self._name}-rollout", self._context, args, self._child_opts)
        self.summary |= {
            "codeDeployApplication": code_deploy.application_name,
            "codeDeployDeploymentGroup": code_deploy.deployment_group_name,
            "appSpec": app_spec(self._app_spec_args(definition, target)),
        }

    def _app_spec_args(self, definition: aws.ecs.TaskDefinition, target: Target) -> AppSpecArgs:
        network = self._args.infrastructure.network
        return AppSpecArgs(
            task_definition_arn=definition.arn,
            container_name=self._name,
            container_port=target.port,
            subnet_ids=network.task_subnet_ids,
            security_group_id=self.security_group_id,
            assign_public_ip=network.assign_public_ip,
            spot_share=self.settings.spot_share,
        )

    def _summary(self, definition: aws.ecs.TaskDefinition) -> dict[str, Any]:
        return {
            "serviceName": self.service_name,
            "taskDefinition": definition.arn,
            "image": self.image,
            "rollout": self.settings.rollout.strategy,
            "deployWaitSeconds": self.settings.deploy_wait_seconds,
            "network": self.one_off_network,
        }


def _arn(secret: SecretHandle | None) -> pulumi.Input[str] | None:
    return secret.arn if secret else None


def _secrets(link: Link) -> list[SecretHandle]:
    of_sidecars = [secret for sidecar in link.sidecars for secret in sidecar.secrets.values()]
    return [*link.secrets.values(), *of_sidecars]
