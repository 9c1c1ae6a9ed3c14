"""Prometheus as a service of the stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.monitoring.managed_prometheus import ManagedPrometheus
from components.monitoring.services import (
    CONFIG_DIR,
    PORTS,
    ServiceDefinition,
    files_variable,
    host,
    readiness_check,
    secret_files,
    service_settings,
    to_yaml,
)
from components.shared import iam
from components.shared.context import Context
from components.shared.link import Link, Sidecar
from components.shared.secret_handle import SecretHandle
from rendering.prometheus import ScrapeArgs, prometheus_config
from settings.monitoring.images import ALERTMANAGER, NAMES, PROMETHEUS
from settings.monitoring.monitoring import PrometheusSettings
from settings.service.routing import ANY_PATH
from settings.service.service import ServiceSettings

# Share of the disk for stored blocks; the rest is for the write-ahead log and for compaction.
BLOCKS_SHARE = 0.8
API, API_DOCUMENT = "backend", "/api/v1/openapi.json"


@dataclass(frozen=True)
class PrometheusArgs:
    """`metrics_ports` are those of the services to scrape; `pages` the paths that the blackbox
    exporter requests of `host`, the platform's public name; `exporters` run beside Prometheus;
    `rules` are the names of its rule files; `workspace` is where samples are sent, if that is
    Amazon Managed Prometheus. An agent sends all samples there and stores none."""

    settings: PrometheusSettings
    replicas: int
    is_agent: bool
    host: pulumi.Input[str] | None
    pages: Mapping[str, str]
    rules: Sequence[str]
    namespace: str
    metrics_ports: Mapping[str, int]
    exporters: Sequence[Sidecar]
    secrets: Mapping[str, SecretHandle]
    workspace: ManagedPrometheus | None


def prometheus(context: Context, args: PrometheusArgs) -> ServiceDefinition:
    remote_write, password_files = _remote_write(args)
    config = pulumi.Output.all(remote_write, args.host).apply(
        lambda known: to_yaml(prometheus_config(_scrape_args(context, args, *known)))
    )
    files = {"PROMETHEUS_CONFIG": f"{CONFIG_DIR}/prometheus.yml", **password_files}
    link = Link(
        "configuration",
        environment={"PROMETHEUS_CONFIG": config, "FILES": files_variable(files)},
        secrets={name: args.secrets[name] for name in password_files},
        statements=[
            *discovery_statements(context),
            *(args.workspace.write_statements if args.workspace else ()),
        ],
        sidecars=args.exporters,
    )
    return ServiceDefinition(_settings(args), [link], args.settings.disk_gib)


def _settings(args: PrometheusArgs) -> ServiceSettings:
    """There is one agent, because two would send all samples twice."""
    return service_settings(
        PROMETHEUS,
        1 if args.is_agent else args.replicas,
        cpu=args.settings.cpu,
        memory=args.settings.memory,
        command=(f"--config.file={CONFIG_DIR}/prometheus.yml", *_storage_flags(args)),
        health=readiness_check(PROMETHEUS),
        stop_timeout_seconds=120,
    )


def _storage_flags(args: PrometheusArgs) -> Sequence[str]:
    """Storage is on the task's own disk: Prometheus does not support NFS."""
    if args.is_agent:
        return ("--agent", "--storage.agent.path=/tmp/prometheus")
    return (
        "--storage.tsdb.path=/tmp/prometheus",
        f"--storage.tsdb.retention.time={args.settings.retention_days}d",
        f"--storage.tsdb.retention.size={int(args.settings.disk_gib * BLOCKS_SHARE)}GB",
    )


def _remote_write(args: PrometheusArgs) -> tuple[Mapping[str, Any], dict[str, str]]:
    """The entry of `remote_write`, and the file of the password that it names."""
    if args.workspace is not None:
        return args.workspace.remote_write, {}
    write = args.settings.remote_write
    if write is None:
        return {}, {}
    if write.username is None or write.password is None:
        return {"url": write.to}, {}
    files = secret_files([write.password])
    basic_auth = {"username": write.username, "password_file": files[write.password]}
    return {"url": write.to, "basic_auth": basic_auth}, files


def pages(services: Mapping[str, ServiceSettings]) -> dict[str, str]:
    """The paths to request of the platform by the label `target`: what has no host of its own and
    takes all paths, and the API."""
    routes = {name: service.route for name, service in services.items() if service.route}
    found = {n: "/" for n, route in routes.items() if ANY_PATH in route.paths and not route.hosts}
    return found | ({"api": API_DOCUMENT} if API in routes else {})


def _scrape_args(
    context: Context,
    args: PrometheusArgs,
    remote_write: Mapping[str, Any],
    host_name: str | None,
) -> ScrapeArgs:
    monitoring = (PROMETHEUS,) if args.is_agent else NAMES
    return ScrapeArgs(
        environment=context.names.environment,
        region=context.region,
        cluster_arn=context.arn("ecs", f"cluster/{context.names.platform}"),
        alertmanager=host(ALERTMANAGER, args.namespace),
        ports={**args.metrics_ports, **{name: PORTS[name] for name in monitoring}},
        exporters=[exporter.name for exporter in args.exporters],
        pages={target: f"https://{host_name}{path}" for target, path in args.pages.items()},
        rules=args.rules,
        remote_write=remote_write,
        is_agent=args.is_agent,
    )


def discovery_statements(context: Context) -> list[iam.Statement]:
    """Permissions for `aws_sd_configs` (Prometheus 3.16, discovery/aws/ecs.go). It first describes
    clusters without naming one, and looks up the public address of each network interface. The List
    actions have no resource to name, only a condition on the cluster."""
    cluster = context.arn("ecs", f"cluster/{context.names.platform}")
    members = [
        context.arn("ecs", f"{kind}/{context.names.platform}/*") for kind in ("service", "task")
    ]
    in_cluster = {"ArnEquals": {"ecs:cluster": cluster}}
    return [
        iam.allow(["ecs:ListServices", "ecs:ListTasks"], ["*"], in_cluster),
        iam.allow(["ecs:DescribeClusters", "ec2:DescribeNetworkInterfaces"], ["*"]),
        iam.allow(["ecs:DescribeServices", "ecs:DescribeTasks"], members),
    ]
