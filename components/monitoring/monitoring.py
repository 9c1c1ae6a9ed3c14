"""Prometheus, Alertmanager, Grafana and Loki as services of the stack, or AWS's managed ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import yaml

from components.data.cache import PORT as CACHE_PORT
from components.data.cache import Cache
from components.data.database import PORT as DATABASE_PORT
from components.data.database import Database
from components.monitoring import services as parts
from components.monitoring.managed_grafana import ManagedGrafana, cloudwatch_statements
from components.monitoring.managed_prometheus import ManagedPrometheus
from components.monitoring.services import PORTS
from components.network import connections
from components.service.cluster import Cluster
from components.service.service import Additions, Service, Sidecar
from components.shared import iam
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.bucket import PrivateBucket
from components.shared.context import Context
from components.shared.secrets import SecretHandle
from rendering.alertmanager import alertmanager_config, urls_template
from rendering.prometheus import (
    BLACKBOX_EXPORTER,
    POSTGRES_EXPORTER,
    REDIS_EXPORTER,
    ScrapeArgs,
    prometheus_config,
)
from settings.monitoring.alerting import AlertingSettings, secret_names
from settings.monitoring.images import ALERTMANAGER, GRAFANA, LOKI, NAMES, PROMETHEUS
from settings.monitoring.monitoring import MonitoringSettings, SignIn, grafana_host
from settings.service.service import ServiceSettings

MakeService = Callable[[str, ServiceSettings, Additions, pulumi.ResourceOptions], Service]


@dataclass(frozen=True)
class MonitoringArgs:
    """`make_service` makes one more service of the platform; `services` are those to watch, with
    their settings in `watched`; `exporters` is the image of the exporters beside Prometheus."""

    settings: MonitoringSettings
    domain: str
    make_service: MakeService
    services: Mapping[str, Service]
    watched: Mapping[str, ServiceSettings]
    exporters: pulumi.Output[str]
    cluster: Cluster
    database: Database
    cache: Cache
    alarms: Alarms
    secrets: Mapping[str, SecretHandle]
    key_arn: pulumi.Input[str]
    has_running_counts: bool


class Monitoring(pulumi.ComponentResource):
    """What watches the platform.

    Makes, self-hosted: the services prometheus (with exporters for PostgreSQL, Redis and HTTP
    beside it), alertmanager, loki (its logs in S3) and grafana, the ways between them, alarms for
    when they don't run, ManagedPrometheus where series are sent there. Managed: ManagedPrometheus
    with rules, ManagedGrafana, and a Prometheus that only sends on.
    """

    services: dict[str, Service]
    summary: dict[str, Any]
    """Addresses for people: a stack output."""

    def __init__(
        self,
        name: str,
        context: Context,
        args: MonitoringArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:monitoring:Monitoring", name, None, opts)
        self._name, self._context, self._args = name, context, args
        self._below = pulumi.ResourceOptions(parent=self)
        self._store = self._managed_prometheus()
        self.services = {}
        if args.settings.mode == "self-hosted":
            self._self_hosted()
            self.summary = {"grafana": f"https://{grafana_host(args.settings, args.domain)}"}
        else:
            self.services[PROMETHEUS] = self._prometheus()
            self.summary = {"grafana": self._managed_grafana().url}
        self._let_reach()
        self._running_alarms()
        self.register_outputs({})

    @property
    def _alerting(self) -> AlertingSettings:
        assert self._args.settings.alerting is not None
        return self._args.settings.alerting

    @property
    def _replicas(self) -> int:
        return replicas(self._args.settings, self._context.is_production)

    def _host(self, service: str) -> str:
        return f"{service}.{self._args.cluster.namespace_name}"

    def _address(self, service: str) -> str:
        return f"http://{self._host(service)}:{PORTS[service]}"

    def _self_hosted(self) -> None:
        self.services[PROMETHEUS] = self._prometheus()
        self.services[ALERTMANAGER] = self._alertmanager()
        self.services[LOKI] = self._loki()
        self.services[GRAFANA] = self._grafana()

    # Managed by AWS

    def _managed_prometheus(self) -> ManagedPrometheus | None:
        settings, managed = self._args.settings, self._args.settings.mode == "managed"
        write = settings.prometheus.remote_write
        if not managed and (write is None or write.to != "amp"):
            return None
        return ManagedPrometheus(
            f"{self._name}-prometheus",
            self._context,
            self._args.key_arn,
            self._alerting if managed else None,
            self._args.alarms.topic_arn,
            self._below,
        )

    def _managed_grafana(self) -> ManagedGrafana:
        assert self._store is not None
        return ManagedGrafana(
            f"{self._name}-grafana", self._context, self._store.read_statements, self._below
        )

    # Services of the stack

    def _prometheus(self) -> Service:
        settings = self._args.settings
        agent = settings.mode == "managed"
        write, write_files = self._remote_write()
        config = pulumi.Output.from_input(write).apply(
            lambda remote: _yaml(prometheus_config(self._scrapes(remote, keeps=not agent)))
        )
        files = {"PROMETHEUS_CONFIG": f"{parts.CONFIG_DIR}/prometheus.yml", **write_files}
        additions = Additions(
            environment={"PROMETHEUS_CONFIG": config, "FILES": _files(files)},
            secrets={name: self._args.secrets[name] for name in write_files},
            statements=[
                *discovery_statements(self._context),
                *(self._store.write_statements if self._store else ()),
            ],
            sidecars=self._exporters(),
            disk_gib=settings.prometheus.disk_gib,
        )
        made = (
            parts.prometheus_agent(settings.prometheus)
            if agent
            else parts.prometheus(settings.prometheus, self._replicas)
        )
        return self._args.make_service(PROMETHEUS, made, additions, self._below)

    def _remote_write(self) -> tuple[Mapping[str, Any], dict[str, str]]:
        """The entry of the configuration, and the path of the secret that it reads."""
        if self._store is not None:
            return self._store.remote_write, {}
        write = self._args.settings.prometheus.remote_write
        if write is None:
            return {}, {}
        if write.username is None or write.password is None:
            return {"url": write.to}, {}
        files = parts.secret_files([write.password])
        sign_in = {"username": write.username, "password_file": files[write.password]}
        return {"url": write.to, "basic_auth": sign_in}, files

    def _scrapes(self, remote_write: Mapping[str, Any], *, keeps: bool) -> ScrapeArgs:
        domain = self._args.domain
        watched = {name: s.metrics_port for name, s in self._args.watched.items()}
        own = {name: PORTS[name] for name in (NAMES if keeps else (PROMETHEUS,))}
        return ScrapeArgs(
            environment=self._context.names.environment,
            region=self._context.region,
            cluster_arn=self._context.arn("ecs", f"cluster/{self._context.names.platform}"),
            alertmanager=self._host(ALERTMANAGER),
            ports={name: port for name, port in watched.items() if port} | own,
            pages={
                "frontend": f"https://{domain}/",
                "api": f"https://{domain}/api/v1/openapi.json",
            },
            remote_write=remote_write,
            keeps=keeps,
        )

    def _exporters(self) -> list[Sidecar]:
        database, cache = self._args.database, self._args.cache
        address, port = database.environment["DATABASE_HOST"], str(DATABASE_PORT)
        name = database.environment["DATABASE_NAME"]
        listen = "--web.listen-address=127.0.0.1:{}"
        image = self._args.exporters
        return [
            Sidecar(
                "postgres-exporter",
                image,
                parts.NOBODY,
                ("postgres_exporter", listen.format(POSTGRES_EXPORTER)),
                {
                    "DATA_SOURCE_URI": pulumi.Output.concat(
                        address, f":{port}/", name, "?sslmode=require"
                    ),
                    "DATA_SOURCE_USER": database.environment["DATABASE_USERNAME"],
                },
                {"DATA_SOURCE_PASS": database.password},
            ),
            Sidecar(
                "redis-exporter",
                image,
                parts.NOBODY,
                # ElastiCache refuses CONFIG.
                ("redis_exporter", listen.format(REDIS_EXPORTER), "--config-command=-"),
                {
                    "REDIS_ADDR": pulumi.Output.concat(
                        "rediss://", cache.environment["REDIS_HOST"], f":{CACHE_PORT}"
                    )
                },
                {"REDIS_PASSWORD": cache.password},
            ),
            Sidecar(
                "blackbox-exporter",
                image,
                parts.NOBODY,
                (
                    "blackbox_exporter",
                    "--config.file=/etc/blackbox/blackbox.yml",
                    listen.format(BLACKBOX_EXPORTER),
                ),
            ),
        ]

    def _alertmanager(self) -> Service:
        alerting, topic = self._alerting, self._args.alarms.topic_arn
        config = topic.apply(self._alertmanager_config)
        secrets = parts.secret_files(secret_names(alerting))
        files = {
            "ALERTMANAGER_CONFIG": f"{parts.CONFIG_DIR}/alertmanager.yml",
            "URLS_TEMPLATE": f"{parts.CONFIG_DIR}/urls.tmpl",
            **secrets,
        }
        settings = parts.alertmanager(
            self._replicas, host=self._host(ALERTMANAGER), external_url=alerting.grafana_url
        )
        additions = Additions(
            environment={
                "ALERTMANAGER_CONFIG": config,
                "URLS_TEMPLATE": urls_template(alerting),
                "FILES": _files(files),
            },
            secrets={name: self._args.secrets[name] for name in secrets},
            statements=publish_statements(topic, self._args.key_arn),
        )
        made = self._args.make_service(ALERTMANAGER, settings, additions, self._below)
        for port in smtp_ports(alerting):
            connections.allow_out(
                f"{ALERTMANAGER}-smtp-{port}-out", made.security_group_id, port, parent=made
            )
        return made

    def _alertmanager_config(self, topic_arn: str) -> str:
        config = alertmanager_config(
            self._alerting,
            secrets_dir=parts.SECRETS_DIR,
            templates=["/etc/alertmanager/templates/*.tmpl", f"{parts.CONFIG_DIR}/*.tmpl"],
            sns_topic_arn=topic_arn,
            region=self._context.region,
        )
        return _yaml(config)

    def _loki(self) -> Service:
        keep_days = self._args.settings.log_retention_days
        # Loki itself deletes what is too old; the bucket's own rule is for what it has lost.
        bucket = PrivateBucket("logs", self._context, "logs", keep_days + 7, opts=self._below)
        additions = Additions(
            environment={
                "BUCKET": bucket.bucket,
                "AWS_REGION": self._context.region,
                "RETENTION": f"{keep_days * 24}h",
                "JOIN": f"{self._host(LOKI)}:{parts.LOKI_GOSSIP}",
                "ALERTMANAGER_URL": self._address(ALERTMANAGER),
            },
            statements=bucket_statements(bucket.arn),
        )
        return self._args.make_service(LOKI, parts.loki(self._replicas), additions, self._below)

    def _grafana(self) -> Service:
        settings = self._args.settings.grafana
        host = grafana_host(self._args.settings, self._args.domain)
        secrets = {"GF_SECURITY_ADMIN_PASSWORD": self._args.secrets[settings.admin_password]}
        variables: dict[str, pulumi.Input[str]] = {
            "GF_SERVER_ROOT_URL": f"https://{host}/",
            "PROMETHEUS_URL": self._address(PROMETHEUS),
            "ALERTMANAGER_URL": self._address(ALERTMANAGER),
            "LOKI_URL": self._address(LOKI),
            "AWS_REGION": self._context.region,
        }
        if settings.traces_url:
            variables["TRACES_URL"] = settings.traces_url
        if settings.sign_in:
            variables |= sign_in_variables(settings.sign_in)
            secret = self._args.secrets[settings.sign_in.client_secret]
            secrets["GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET"] = secret
        additions = Additions(variables, secrets, cloudwatch_statements())
        return self._args.make_service(
            GRAFANA, parts.grafana(self._replicas, host), additions, self._below
        )

    # Who reaches whom

    def _let_reach(self) -> None:
        for source, target, port, protocol in self._ways():
            connections.allow(
                f"{source}-to-{target}-{port}" + ("-udp" if protocol == "udp" else ""),
                source=self._group(source),
                target=self._group(target),
                port=port,
                protocol=protocol,
                parent=self,
            )
        prometheus = self._group(PROMETHEUS)
        reached = self._args.database.clients_reach.items()
        stores = [(what, group, DATABASE_PORT) for what, group in reached]
        stores.append(("cache", self._args.cache.security_group_id, CACHE_PORT))
        for what, group, port in stores:
            connections.allow(
                f"{PROMETHEUS}-to-{what}", source=prometheus, target=group, port=port, parent=self
            )

    def _ways(self) -> Iterator[tuple[str, str, int, connections.Protocol]]:
        """Source, target, port and protocol between services."""
        for name, settings in self._args.watched.items():
            if settings.metrics_port:
                yield PROMETHEUS, name, settings.metrics_port, "tcp"
            if settings.log_driver == "awsfirelens":
                yield name, LOKI, PORTS[LOKI], "tcp"
        yield PROMETHEUS, PROMETHEUS, PORTS[PROMETHEUS], "tcp"
        if self._args.settings.mode == "managed":
            return
        for name in (ALERTMANAGER, LOKI, GRAFANA):
            yield PROMETHEUS, name, PORTS[name], "tcp"
        for name in (PROMETHEUS, ALERTMANAGER, LOKI):
            yield GRAFANA, name, PORTS[name], "tcp"
        yield LOKI, ALERTMANAGER, PORTS[ALERTMANAGER], "tcp"
        if self._replicas > 1:
            yield ALERTMANAGER, ALERTMANAGER, parts.ALERTMANAGER_GOSSIP, "tcp"
            yield ALERTMANAGER, ALERTMANAGER, parts.ALERTMANAGER_GOSSIP, "udp"
            yield LOKI, LOKI, parts.LOKI_GOSSIP, "tcp"
            yield LOKI, LOKI, parts.LOKI_GRPC, "tcp"

    def _group(self, service: str) -> pulumi.Output[str]:
        return (self.services.get(service) or self._args.services[service]).security_group_id

    def _running_alarms(self) -> None:
        """Who watches the watchmen: CloudWatch, which needs none of them."""
        if not self._args.has_running_counts:
            return
        for name, service in self.services.items():
            dimensions = {
                "ClusterName": self._args.cluster.name,
                "ServiceName": service.service_name,
            }
            self._args.alarms.add(f"{name}-running", RUNNING, dimensions, self)


RUNNING = AlarmSpec(
    "running",
    "ECS/ContainerInsights",
    "RunningTaskCount",
    "<",
    1,
    minutes=5,
    statistic="Minimum",
    missing="breaching",
    meaning="no task runs: a part of the monitoring is blind or mute",
)


def replicas(settings: MonitoringSettings, is_production: bool) -> int:
    """Tasks of each part of the monitoring."""
    return settings.replicas or (2 if is_production else 1)


def sign_in_variables(sign_in: SignIn) -> dict[str, pulumi.Input[str]]:
    """Source: Grafana, "Configure generic OAuth2 authentication"."""
    prefix = "GF_AUTH_GENERIC_OAUTH"
    return {
        "GF_AUTH_DISABLE_LOGIN_FORM": "true",
        f"{prefix}_ENABLED": "true",
        f"{prefix}_CLIENT_ID": sign_in.client_id,
        f"{prefix}_SCOPES": "openid email profile",
        f"{prefix}_AUTH_URL": sign_in.authorize_url,
        f"{prefix}_TOKEN_URL": sign_in.token_url,
        f"{prefix}_API_URL": sign_in.user_info_url,
        f"{prefix}_USE_PKCE": "true",
    }


def discovery_statements(context: Context) -> list[iam.Statement]:
    """What `aws_sd_configs` asks ECS. ECS scopes the lists by cluster, not by resource."""
    cluster = context.arn("ecs", f"cluster/{context.names.platform}")
    inside = [
        context.arn("ecs", f"{kind}/{context.names.platform}/*") for kind in ("service", "task")
    ]
    here = {"ArnEquals": {"ecs:cluster": cluster}}
    return [
        iam.allow(["ecs:ListServices", "ecs:ListTasks"], ["*"], here),
        iam.allow(["ecs:DescribeClusters"], [cluster]),
        iam.allow(["ecs:DescribeServices", "ecs:DescribeTasks"], inside),
    ]


def publish_statements(
    topic_arn: pulumi.Input[str], key_arn: pulumi.Input[str]
) -> list[iam.Statement]:
    return [
        iam.allow(["sns:Publish"], [topic_arn]),
        iam.allow(["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
    ]


def bucket_statements(bucket_arn: pulumi.Input[str]) -> list[iam.Statement]:
    """Source: Grafana Loki, "Storage", the permissions for S3."""
    objects = pulumi.Output.concat(bucket_arn, "/*")
    return [
        iam.allow(["s3:ListBucket"], [bucket_arn]),
        iam.allow(["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [objects]),
    ]


def smtp_ports(alerting: AlertingSettings) -> list[int]:
    mails = [receiver.email for receiver in alerting.receivers.values() if receiver.email]
    return sorted({int(mail.smarthost.rpartition(":")[2]) for mail in mails})


def _files(paths: Mapping[str, str]) -> str:
    """What the images' entrypoint reads: which variable goes to which file."""
    return " ".join(f"{name}={path}" for name, path in sorted(paths.items()))


def _yaml(config: Mapping[str, Any]) -> str:
    return yaml.safe_dump(config, sort_keys=False)
