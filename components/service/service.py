"""One service on Fargate, whole: image, task definition, ECS service, target, scaling, rollout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.data.broker import AMQPS_PORT, Broker
from components.data.cache import PORT as CACHE_PORT
from components.data.cache import Cache
from components.data.database import PORT as DATABASE_PORT
from components.data.database import Database
from components.edge.edge import Edge
from components.network import connections
from components.network.network import Network
from components.service.cluster import Cluster
from components.service.image import ImageArgs, ServiceImage
from components.service.log_router import NAME as LOG_ROUTER
from components.service.log_router import LogRouter, router_container
from components.service.roles import execution_role, task_role
from components.service.rollout import (
    CodeDeploy,
    CodeDeployArgs,
    app_spec,
    deploy_wait_seconds,
    ecs_rollout,
    native_target,
)
from components.service.scaling import ScalingArgs, ServiceScaling
from components.service.target import Target, TargetArgs
from components.service.task_definition import Container, TaskDefinitionArgs, task_definition
from components.shared import iam
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.context import Context
from components.shared.logs import log_group, write_statement
from components.shared.queue_metric import QueueMetric
from components.shared.secrets import SecretHandle
from settings.service.service import ServiceSettings

# After an application's own stop timeout, so long until ECS kills it.
LAST_SECONDS = 10


@dataclass(frozen=True)
class Sidecar:
    """A container beside the service's own, in an image that stands already."""

    name: str
    image: pulumi.Output[str]
    user: str
    command: tuple[str, ...]
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, str])
    secrets: Mapping[str, SecretHandle] = field(default_factory=dict[str, SecretHandle])


@dataclass(frozen=True)
class Additions:
    """What the platform's own services have beyond a stack file's: plain variables, secrets by
    variable, rights of the task role, containers beside it, a bigger disk (GiB)."""

    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, str])
    secrets: Mapping[str, SecretHandle] = field(default_factory=dict[str, SecretHandle])
    statements: Sequence[iam.Statement] = ()
    sidecars: Sequence[Sidecar] = ()
    disk_gib: int | None = None


@dataclass(frozen=True)
class ServiceArgs:
    """The settings of one service and what the platform gives it.

    `image` is a reference that another service built, or the arguments to have it made here;
    `queue_metric` belongs to the queue that the settings scale by; `log_router` is there where the
    settings ask for awsfirelens.
    """

    settings: ServiceSettings
    image: ImageArgs | pulumi.Output[str]
    cluster: Cluster
    network: Network
    edge: Edge
    database: Database
    cache: Cache
    broker: Broker
    alarms: Alarms
    secrets: Mapping[str, SecretHandle]
    key_arn: pulumi.Input[str]
    pull_secret: SecretHandle | None = None
    queue_metric: QueueMetric | None = None
    log_router: LogRouter | None = None
    additions: Additions = Additions()


class Service(pulumi.ComponentResource):
    """One service.

    Makes: its ServiceImage (unless another service owns the image), cloudwatch.LogGroup, execution
    and task role, ec2.SecurityGroup with the rules to what it may reach, ecs.TaskDefinition,
    ecs.Service, and where the settings ask for it Target, ServiceScaling, CodeDeploy, a Cloud Map
    service, alarms.
    """

    image: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    task_definition_arn: pulumi.Output[str]
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
        self._name, self._context, self._args = name, context, args
        self.image = self._image()
        self.security_group_id = self._security_group()
        self._logs = log_group(
            name,
            physical_name=context.names.log_group(name),
            retention_days=args.settings.log_retention_days,
            key_arn=args.key_arn,
            parent=self,
        )
        self._execution_role, self._task_role = self._roles()
        definition = self.task_definition(name, self._name)
        self.task_definition_arn = definition.arn
        target = self._target()
        rollback_alarms = self._target_alarms(target)
        service = self._ecs_service(definition, target, rollback_alarms)
        self.service_name = service.name
        self._scaling(service, target)
        self._task_alarms(service)
        self.summary = self._summary(definition)
        if self.is_code_deploys:
            self._code_deploy(service, target, rollback_alarms)
        self.register_outputs({"taskDefinition": definition.arn, "image": self.image})

    # What it runs

    def _image(self) -> pulumi.Output[str]:
        if isinstance(self._args.image, ImageArgs):
            below = pulumi.ResourceOptions(parent=self)
            return ServiceImage(self._name, self._args.image, below).reference
        return self._args.image

    @property
    def _environment(self) -> dict[str, pulumi.Input[str]]:
        args, settings = self._args, self._args.settings
        given: dict[str, pulumi.Input[str]] = {
            "ENVIRONMENT": self._context.names.environment,
            "SERVICE_NAME": self._name,
            "SERVICE_VERSION": self.image.apply(_version),
            "STOP_TIMEOUT_SECONDS": str(max(1, settings.stop_timeout_seconds - LAST_SECONDS)),
        }
        if settings.port is not None:
            given["PORT"] = str(settings.port)
        if settings.metrics_port is not None:
            given["METRICS_PORT"] = str(settings.metrics_port)
        if settings.route is not None:
            given["TRUSTED_PROXIES"] = str(args.edge.proxies)
        if settings.database:
            given |= args.database.environment
        if settings.cache:
            given |= args.cache.environment
        if settings.publishes or settings.consumes:
            given |= args.broker.environment
        return given | dict(settings.environment) | dict(args.additions.environment)

    @property
    def secrets(self) -> dict[str, SecretHandle]:
        """The secrets that its containers get, by variable."""
        args, settings = self._args, self._args.settings
        secrets = {name: args.secrets[name] for name in settings.secrets}
        if settings.database:
            secrets["DATABASE_PASSWORD"] = args.database.password
        if settings.cache:
            secrets["REDIS_PASSWORD"] = args.cache.password
        if (settings.publishes or settings.consumes) and args.broker.password:
            secrets["BROKER_PASSWORD"] = args.broker.password
        return secrets | dict(args.additions.secrets)

    @property
    def all_secrets(self) -> list[SecretHandle]:
        """Its own and those of the containers beside it."""
        sidecars = self._args.additions.sidecars
        beside = [secret for sidecar in sidecars for secret in sidecar.secrets.values()]
        return [*self.secrets.values(), *beside]

    @property
    def is_code_deploys(self) -> bool:
        """Whether ECS lets only CodeDeploy deploy it."""
        return self._args.settings.rollout.strategy == "codedeploy"

    def _roles(self) -> tuple[aws.iam.Role, aws.iam.Role]:
        args, settings = self._args, self._args.settings
        pull = [args.pull_secret] if args.pull_secret else []
        execution = execution_role(
            self._name,
            self._context,
            log_group_arn=self._logs.arn,
            secrets=[*self.all_secrets, *pull],
            key_arn=args.key_arn,
            parent=self,
        )
        task = task_role(
            self._name,
            self._context,
            args.cluster,
            [
                *args.broker.statements(settings.publishes, settings.consumes),
                *([write_statement(self._logs.arn)] if args.log_router else []),
                *args.additions.statements,
            ],
            protects_tasks=settings.scaling.queue is not None or bool(settings.consumes),
            parent=self,
        )
        return execution, task

    def task_definition(
        self, logical_name: str, family: str, command: tuple[str, ...] = ()
    ) -> aws.ecs.TaskDefinition:
        """The service's task definition; with `command`, a one-off task in its image, whose lines
        go to CloudWatch alone: there whoever ran it reads them."""
        settings, one_off = self._args.settings, bool(command)
        container = Container(
            name=family,
            image=self.image,
            log_group=self._logs.name,
            region=self._context.region,
            user=settings.user,
            stop_timeout_seconds=settings.stop_timeout_seconds,
            command=command or settings.command,
            port=None if one_off else settings.port,
            health_command=() if one_off else settings.health.command,
            health_grace_seconds=settings.health.grace_period_seconds,
            environment=self._environment,
            secrets=self.secrets,
            credentials_arn=self._credentials_arn,
            log_router=LOG_ROUTER if self._args.log_router and not one_off else None,
        )
        arguments = TaskDefinitionArgs(
            family=self._context.names.service(family),
            cpu_units=settings.cpu,
            memory_mib=settings.memory,
            architecture=settings.architecture,
            execution_role_arn=self._execution_role.arn,
            task_role_arn=self._task_role.arn,
            containers=[container, *([] if one_off else self._beside())],
            disk_gib=self._args.additions.disk_gib,
        )
        return task_definition(logical_name, arguments, parent=self)

    @property
    def _credentials_arn(self) -> pulumi.Input[str] | None:
        return self._args.pull_secret.arn if self._args.pull_secret else None

    def _beside(self) -> Iterator[Container]:
        for sidecar in self._args.additions.sidecars:
            yield Container(
                name=sidecar.name,
                image=sidecar.image,
                log_group=self._logs.name,
                region=self._context.region,
                user=sidecar.user,
                stop_timeout_seconds=self._args.settings.stop_timeout_seconds,
                command=sidecar.command,
                environment=sidecar.environment,
                secrets=sidecar.secrets,
                credentials_arn=self._credentials_arn,
            )
        if self._args.log_router is not None:
            yield router_container(
                self._args.log_router,
                service=self._name,
                environment=self._context.names.environment,
                region=self._context.region,
                log_group=self._logs.name,
                credentials_arn=self._credentials_arn,
            )

    # Where it runs

    def _security_group(self) -> pulumi.Output[str]:
        """Open to the load balancer on its port; out to HTTPS and to what the settings allow."""
        args, settings, name = self._args, self._args.settings, self._name
        group = connections.security_group(
            name, args.network.vpc_id, f"Service {name}", parent=self
        )
        connections.allow_out(f"{name}-https-out", group.id, 443, parent=self)
        for what, target, port in self._reaches():
            connections.allow(
                f"{name}-to-{what}", source=group.id, target=target, port=port, parent=self
            )
        if settings.route is not None and settings.port is not None:
            connections.allow(
                f"edge-to-{name}",
                source=args.edge.security_group_id,
                target=group.id,
                port=settings.port,
                parent=self,
            )
        return group.id

    def _reaches(self) -> Iterator[tuple[str, pulumi.Output[str], int]]:
        """Name, security group and port of everything that the settings let it reach."""
        args, settings = self._args, self._args.settings
        if settings.database:
            for what, group_id in args.database.clients_reach.items():
                yield what, group_id, DATABASE_PORT
        if settings.cache:
            yield "cache", args.cache.security_group_id, CACHE_PORT
        if (settings.publishes or settings.consumes) and args.broker.security_group_id is not None:
            yield "broker", args.broker.security_group_id, AMQPS_PORT
        if args.network.endpoints_security_group_id is not None:
            yield "endpoints", args.network.endpoints_security_group_id, 443

    def _target(self) -> Target | None:
        settings = self._args.settings
        if settings.route is None or settings.port is None:
            return None
        args = TargetArgs(
            port=settings.port,
            route=settings.route,
            health=settings.health,
            edge=self._args.edge,
            vpc_id=self._args.network.vpc_id,
            shifts_traffic=settings.rollout.strategy != "rolling",
        )
        below = pulumi.ResourceOptions(parent=self)
        return Target(f"{self._name}-target", self._name, self._context, args, below)

    def _ecs_service(
        self,
        definition: aws.ecs.TaskDefinition,
        target: Target | None,
        rollback_alarms: list[aws.cloudwatch.MetricAlarm],
    ) -> aws.ecs.Service:
        args, settings = self._args, self._args.settings
        rollout = ecs_rollout(
            settings.rollout,
            [alarm.name for alarm in rollback_alarms],
            self._load_balancer(target),
        )
        return aws.ecs.Service(
            self._name,
            name=self._name,
            cluster=args.cluster.arn,
            task_definition=definition.arn,
            desired_count=settings.scaling.min,
            capacity_provider_strategies=capacity(settings.spot_share),
            network_configuration={
                "subnets": args.network.task_subnet_ids,
                "security_groups": [self.security_group_id],
                "assign_public_ip": args.network.assign_public_ip,
            },
            health_check_grace_period_seconds=(
                settings.health.grace_period_seconds if target else None
            ),
            enable_execute_command=args.cluster.exec_enabled,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            service_registries=self._discovery(target),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The autoscaler moves desired_count; its range is in the scaling target.
                ignore_changes=["desired_count", *rollout.ignored],
                depends_on=[target.rule] if target else [],
            ),
            **rollout.arguments,
        )

    def _load_balancer(self, target: Target | None) -> dict[str, Any] | None:
        if target is None:
            return None
        balancer: dict[str, Any] = {
            "target_group_arn": target.blue.arn,
            "container_name": self._name,
            "container_port": self._args.settings.port,
        }
        if self._args.settings.rollout.strategy == "blue-green":
            balancer |= native_target(self._name, self._context, target, self)
        return balancer

    def _discovery(self, target: Target | None) -> aws.ecs.ServiceServiceRegistriesArgsDict | None:
        """A service with a port and no route is found by name: <service>.<namespace>."""
        if target is not None or self._args.settings.port is None:
            return None
        registry = aws.servicediscovery.Service(
            self._name,
            name=self._name,
            dns_config={
                "namespace_id": self._args.cluster.namespace_id,
                "dns_records": [{"type": "A", "ttl": 10}],
                "routing_policy": "MULTIVALUE",
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        return {"registry_arn": registry.arn}

    # How it changes

    def _scaling(self, service: aws.ecs.Service, target: Target | None) -> None:
        groups = [target.blue, target.green] if target else []
        args = ScalingArgs(
            settings=self._args.settings.scaling,
            cluster_name=self._args.cluster.name,
            service_name=service.name,
            alarms=self._args.alarms,
            load_balancer=self._args.edge.load_balancer_arn_suffix,
            target_groups=[group.arn_suffix for group in groups if group],
            queue=self._args.queue_metric,
        )
        ServiceScaling(f"{self._name}-scaling", args, pulumi.ResourceOptions(parent=self))

    def _target_alarms(self, target: Target | None) -> list[aws.cloudwatch.MetricAlarm]:
        """Alarms on the service's own answers; they also roll a deployment back."""
        if target is None:
            return []
        groups = [("", target.blue), *([("-green", target.green)] if target.green else [])]
        return [
            self._args.alarms.add(
                f"{self._name}-{spec.name}{suffix}",
                spec,
                {
                    "LoadBalancer": self._args.edge.load_balancer_arn_suffix,
                    "TargetGroup": group.arn_suffix,
                },
                self,
            )
            for suffix, group in groups
            for spec in TARGET_ALARMS
        ]

    def _task_alarms(self, service: aws.ecs.Service) -> None:
        dimensions = {"ClusterName": self._args.cluster.name, "ServiceName": service.name}
        for spec in TASK_ALARMS:
            self._args.alarms.add(f"{self._name}-{spec.name}", spec, dimensions, self)

    def _code_deploy(
        self,
        service: aws.ecs.Service,
        target: Target | None,
        alarms: list[aws.cloudwatch.MetricAlarm],
    ) -> None:
        settings = self._args.settings
        assert target is not None
        assert settings.port is not None
        args = CodeDeployArgs(
            service=self._name,
            rollout=settings.rollout,
            health=settings.health,
            target=target,
            listener_arn=self._args.edge.listener_arn,
            test_listener_arn=self._args.edge.test_listener_arn,
            cluster_name=self._args.cluster.name,
            service_name=service.name,
            alarm_names=[alarm.name for alarm in alarms],
        )
        below = pulumi.ResourceOptions(parent=self)
        made = CodeDeploy(f"{self._name}-rollout", self._context, args, below)
        self.summary |= {
            "codeDeployApplication": made.application_name,
            "codeDeployDeploymentGroup": made.deployment_group_name,
            "appSpec": app_spec(self.task_definition_arn, self._name, settings.port),
        }

    def _summary(self, definition: aws.ecs.TaskDefinition) -> dict[str, Any]:
        settings = self._args.settings
        return {
            "serviceName": self.service_name,
            "taskDefinition": definition.arn,
            "image": self.image,
            "rollout": settings.rollout.strategy,
            "deployWaitSeconds": deploy_wait_seconds(settings),
        }


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
        minutes=3,
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
        minutes=5,
        statistic="p95",
        missing="notBreaching",
        meaning="one answer in twenty takes more than two seconds",
    ),
)


def _version(image: str) -> str:
    """The first digits of the image's digest, by which logs, metrics and traces name it."""
    return image.partition("@sha256:")[2][:12] or image
