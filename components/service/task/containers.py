"""The containers of a service's task: its own, and the sidecars of its links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.service.task.task_definition import Container
from components.shared.link import Link, Sidecar
from settings.service.service import ServiceSettings

# Applications end by themselves this long before ECS kills them.
STOP_MARGIN_SECONDS = 10


@dataclass(frozen=True)
class ContainerArgs:
    """What the containers of one service have in common.

    `environment_name` is the stack's, e.g. staging; `proxies` how many proxies are in front of the
    service; `log_group` its CloudWatch log group; `credentials_arn` the secret with the credentials
    of the registry of its image, `sidecar_credentials_arns` of that of each sidecar; `has_exec`
    whether ECS Exec is on.
    """

    service: str
    settings: ServiceSettings
    image: pulumi.Output[str]
    environment_name: str
    region: str
    proxies: int
    log_group: pulumi.Input[str]
    credentials_arn: pulumi.Input[str] | None
    sidecar_credentials_arns: Mapping[str, pulumi.Input[str] | None]
    link: Link
    has_exec: bool = False


def service_containers(args: ContainerArgs) -> list[Container]:
    """The service's container and its sidecars."""
    settings, router = args.settings, log_router(args.link)
    own = Container(
        name=args.service,
        image=args.image,
        log_group=args.log_group,
        region=args.region,
        user=settings.user,
        stop_timeout_seconds=settings.stop_timeout_seconds,
        command=settings.command,
        port=settings.port,
        health_command=settings.health.command,
        health_grace_seconds=settings.health.grace_period_seconds,
        environment=service_environment(args),
        secrets=args.link.secrets,
        credentials_arn=args.credentials_arn,
        log_router=router.name if router else None,
        has_exec=args.has_exec,
        depends_on={name: then.upper() for name, then in settings.depends_on.items()},
        volumes=args.link.volumes,
    )
    return [own, *(_sidecar(sidecar, args) for sidecar in args.link.sidecars)]


def one_off_container(name: str, command: Sequence[str], args: ContainerArgs) -> Container:
    """A container that runs one command in the service's image. Its log goes only to CloudWatch,
    where the command that started it reads it."""
    return Container(
        name=name,
        image=args.image,
        log_group=args.log_group,
        region=args.region,
        user=args.settings.user,
        stop_timeout_seconds=args.settings.stop_timeout_seconds,
        command=command,
        environment=service_environment(args),
        secrets=args.link.secrets,
        credentials_arn=args.credentials_arn,
        volumes=args.link.volumes,
    )


def log_router(link: Link) -> Sidecar | None:
    """The sidecar that the service's log goes through; none without FireLens."""
    return next((sidecar for sidecar in link.sidecars if sidecar.firelens_config), None)


def service_environment(args: ContainerArgs) -> dict[str, pulumi.Input[str]]:
    """What every service gets, then what its links add or override."""
    settings = args.settings
    variables: dict[str, pulumi.Input[str]] = {
        "ENVIRONMENT": args.environment_name,
        "SERVICE_NAME": args.service,
        "SERVICE_VERSION": args.image.apply(_version),
        "STOP_TIMEOUT_SECONDS": str(max(1, settings.stop_timeout_seconds - STOP_MARGIN_SECONDS)),
    }
    if settings.port is not None:
        variables["PORT"] = str(settings.port)
    if settings.metrics_port is not None:
        variables["METRICS_PORT"] = str(settings.metrics_port)
    if settings.route is not None:
        variables["TRUSTED_PROXIES"] = str(args.proxies)
    return variables | dict(args.link.environment)


def _sidecar(sidecar: Sidecar, args: ContainerArgs) -> Container:
    stop_timeout_seconds = sidecar.stop_timeout_seconds
    if stop_timeout_seconds is None:
        stop_timeout_seconds = args.settings.stop_timeout_seconds
    return Container(
        name=sidecar.name,
        image=sidecar.image,
        log_group=args.log_group,
        region=args.region,
        user=sidecar.user,
        stop_timeout_seconds=stop_timeout_seconds,
        command=sidecar.command,
        environment=_sidecar_environment(sidecar, args),
        secrets=sidecar.secrets,
        credentials_arn=args.sidecar_credentials_arns[sidecar.name],
        firelens_config=sidecar.firelens_config,
        has_exec=args.has_exec,
        essential=sidecar.essential,
        health_command=sidecar.health_command,
    )


def _sidecar_environment(sidecar: Sidecar, args: ContainerArgs) -> Mapping[str, pulumi.Input[str]]:
    """A log router also gets whose log it is, and the log group to write it to."""
    if sidecar.firelens_config is None:
        return sidecar.environment
    source: dict[str, pulumi.Input[str]] = {
        "AWS_REGION": args.region,
        "ENVIRONMENT": args.environment_name,
        "LOG_GROUP": args.log_group,
        "SERVICE_NAME": args.service,
    }
    return source | dict(sidecar.environment)


def _version(image: str) -> str:
    """The first digits of the image's digest, by which logs, metrics and traces name it."""
    return image.partition("@sha256:")[2][:12] or image
