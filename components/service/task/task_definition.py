"""Task definitions, in the form in which ECS returns them.

ECS returns containers and variables sorted by name, with host ports filled in and no empty lists.
Any other form would show as a replacement in each preview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.shared.link import Volume
from components.shared.secret_handle import SecretHandle

SCRATCH = "/tmp"


@dataclass(frozen=True)
class Container:
    """One container.

    `environment` holds plain variables, `secrets` references to parameters and secrets;
    `credentials_arn` is the Secrets Manager secret with the credentials of a private registry. The
    log goes to CloudWatch, or to the container `log_router`, whose own `firelens_config` is the
    path of a Fluent Bit configuration in its image. With `has_exec` its root is writable. It starts
    when each container of `depends_on` has reached the condition there (START, HEALTHY, ...).
    """

    name: str
    image: pulumi.Input[str]
    log_group: pulumi.Input[str]
    region: str
    user: str
    stop_timeout_seconds: int
    command: Sequence[str] = ()
    port: int | None = None
    health_command: Sequence[str] = ()
    health_grace_seconds: int = 30
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, str])
    secrets: Mapping[str, SecretHandle] = field(default_factory=dict[str, SecretHandle])
    credentials_arn: pulumi.Input[str] | None = None
    log_router: str | None = None
    firelens_config: str | None = None
    has_exec: bool = False
    essential: bool = True
    depends_on: Mapping[str, str] = field(default_factory=dict[str, str])
    volumes: Sequence[Volume] = ()


@dataclass(frozen=True)
class TaskDefinitionArgs:
    """One task. `cpu_units` and `memory_mib` are a pair that Fargate allows, `architecture` is
    arm64 or x86_64, `disk_gib` the ephemeral storage: 21 to 200, or None for Fargate's 20."""

    family: str
    cpu_units: int
    memory_mib: int
    architecture: str
    execution_role_arn: pulumi.Input[str]
    task_role_arn: pulumi.Input[str]
    containers: Sequence[Container]
    disk_gib: int | None = None


def task_definition(
    logical_name: str, args: TaskDefinitionArgs, parent: pulumi.Resource
) -> aws.ecs.TaskDefinition:
    """Makes: ecs.TaskDefinition. Root file systems are read-only, but with ECS Exec; each container
    has a /tmp."""
    definitions = [container_definition(container) for container in args.containers]
    definitions.sort(key=lambda definition: definition["name"])
    return aws.ecs.TaskDefinition(
        logical_name,
        family=args.family,
        cpu=str(args.cpu_units),
        memory=str(args.memory_mib),
        network_mode="awsvpc",
        requires_compatibilities=["FARGATE"],
        runtime_platform={
            "cpu_architecture": args.architecture.upper(),
            "operating_system_family": "LINUX",
        },
        execution_role_arn=args.execution_role_arn,
        task_role_arn=args.task_role_arn,
        container_definitions=pulumi.Output.json_dumps(definitions, sort_keys=True),
        ephemeral_storage={"size_in_gib": args.disk_gib} if args.disk_gib else None,
        volumes=_volumes(args.containers),
        # Old revisions stay registered, because a rollback needs the previous one.
        skip_destroy=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def container_definition(container: Container) -> dict[str, Any]:
    """The container as ECS returns it ("Container definition parameters"), without empty values."""
    definition: dict[str, Any] = {
        "command": list(container.command),
        "dependsOn": _depends_on(container),
        "dockerLabels": _labels(container.secrets),
        "environment": _variables(container.environment, "value"),
        "essential": container.essential,
        "firelensConfiguration": _firelens(container.firelens_config),
        "healthCheck": _health_check(container),
        "image": container.image,
        "linuxParameters": {
            "capabilities": {"drop": ["ALL"]},
            "initProcessEnabled": True,
        },
        "logConfiguration": _log_configuration(container),
        "mountPoints": [
            _mount_point(_scratch(container.name), SCRATCH),
            *_mount_points(container.volumes),
        ],
        "name": container.name,
        "portMappings": _port_mappings(container.port),
        # The agent of ECS Exec writes there, and AWS supports no other way ("Monitor Amazon ECS
        # containers with ECS Exec", considerations).
        "readonlyRootFilesystem": not container.has_exec,
        "repositoryCredentials": _credentials(container.credentials_arn),
        "secrets": _variables(
            {name: handle.value_from for name, handle in container.secrets.items()}, "valueFrom"
        ),
        "stopTimeout": container.stop_timeout_seconds,
        "user": container.user,
    }
    return {key: value for key, value in definition.items() if value not in ([], {}, None)}


def _scratch(container: str) -> str:
    """The volume of a container's /tmp, which no other container of the task mounts."""
    return f"scratch-{container}"


def _shared(volume: Volume) -> str:
    return f"volume-{volume.name}"


def _mount_points(volumes: Sequence[Volume]) -> list[dict[str, Any]]:
    path_by_volume = {_shared(volume): volume.path for volume in volumes}
    return [_mount_point(name, path_by_volume[name]) for name in sorted(path_by_volume)]


def _mount_point(volume: str, path: str) -> dict[str, Any]:
    return {"containerPath": path, "readOnly": False, "sourceVolume": volume}


def _volumes(containers: Sequence[Container]) -> list[aws.ecs.TaskDefinitionVolumeArgsDict]:
    """An access point needs TLS, and has a root directory of its own (Amazon ECS API,
    EFSAuthorizationConfig)."""
    scratch = sorted(_scratch(container.name) for container in containers)
    shared = {_shared(volume): volume for one in containers for volume in one.volumes}
    made: list[aws.ecs.TaskDefinitionVolumeArgsDict] = [{"name": name} for name in scratch]
    for name in sorted(shared):
        volume = shared[name]
        made.append(
            {
                "name": name,
                "efs_volume_configuration": {
                    "file_system_id": volume.file_system_id,
                    "transit_encryption": "ENABLED",
                    "authorization_config": {
                        "access_point_id": volume.access_point_id,
                        "iam": "ENABLED",
                    },
                },
            }
        )
    return made


def _log_configuration(container: Container) -> dict[str, Any]:
    """Up to 4 MiB of log that can't be sent stay in memory, and never block the application."""
    if container.log_router:
        return {"logDriver": "awsfirelens", "options": {"log-driver-buffer-limit": "4194304"}}
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": container.log_group,
            "awslogs-region": container.region,
            "awslogs-stream-prefix": container.name,
            "max-buffer-size": "4m",
            "mode": "non-blocking",
        },
    }


def _depends_on(container: Container) -> list[dict[str, Any]]:
    """ECS starts the router first and stops it last, so that no line is lost."""
    router = {container.log_router: "START"} if container.log_router else {}
    conditions = {**container.depends_on, **router}
    return [{"condition": conditions[n], "containerName": n} for n in sorted(conditions)]


def _firelens(config: str | None) -> dict[str, Any]:
    """Source: Amazon ECS Developer Guide, "Example task definition: Route logs to FireLens"."""
    if config is None:
        return {}
    options = {"config-file-type": "file", "config-file-value": config}
    return {"options": options, "type": "fluentbit"}


def _variables(variables: Mapping[str, pulumi.Input[str]], key: str) -> list[dict[str, Any]]:
    return [{"name": name, key: variables[name]} for name in sorted(variables)]


def _port_mappings(port: int | None) -> list[dict[str, Any]]:
    return [] if port is None else [{"containerPort": port, "hostPort": port, "protocol": "tcp"}]


def _credentials(arn: pulumi.Input[str] | None) -> dict[str, Any]:
    return {} if arn is None else {"credentialsParameter": arn}


def _health_check(container: Container) -> dict[str, Any]:
    if not container.health_command:
        return {}
    return {
        "command": list(container.health_command),
        "interval": 10,
        "retries": 3,
        "startPeriod": min(container.health_grace_seconds, 300),
        "timeout": 5,
    }


def _labels(secrets: Mapping[str, SecretHandle]) -> dict[str, Any]:
    """ECS reads secrets when a task starts: a label that changes with them replaces the tasks."""
    if not secrets:
        return {}
    revisions = [
        pulumi.Output.concat(name, "=", secrets[name].revision) for name in sorted(secrets)
    ]
    return {"plataforma.secrets": pulumi.Output.all(*revisions).apply(" ".join)}
