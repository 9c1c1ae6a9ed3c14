"""The monitoring section of the stack config."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from settings.monitoring.alerting import AlertingSettings
from settings.section import Section, VariableName

HTTPS = r"^https://\S+$"


class RemoteWrite(Section):
    """Where Prometheus sends what must outlive its task."""

    to: str = Field(
        pattern=r"^(amp|https://\S+)$",
        description="amp (a workspace of Amazon Managed Prometheus that the stack makes), or an "
        "https:// address that speaks Prometheus's remote write.",
    )
    username: str | None = Field(default=None, description="For an address: basic authentication.")
    password: VariableName | None = Field(
        default=None, description="For an address: the name of a secret under plataforma:secrets."
    )


class PrometheusSettings(Section):
    """Prometheus and the exporters beside it."""

    cpu: Literal[512, 1024, 2048, 4096] = Field(
        default=512, description="CPU units of a task: 512, 1024, 2048 or 4096."
    )
    memory: int = Field(default=2048, description="MiB, from the sizes Fargate has beside the cpu.")
    disk_gib: int = Field(
        default=30, ge=21, le=200, description="The task's own disk in GiB, 21 to 200."
    )
    retention_days: int = Field(
        default=31, ge=1, le=90, description="Days of series on that disk; SLOs look 30 days back."
    )
    remote_write: RemoteWrite | None = Field(
        default=None, description="Where series are sent besides; a task's disk ends with the task."
    )


class SignIn(Section):
    """Sign-in to Grafana by OpenID Connect; without it Grafana asks for its own passwords."""

    client_id: str = Field(min_length=1, description="The client's id at the identity provider.")
    client_secret: VariableName = Field(description="A secret's name under plataforma:secrets.")
    authorize_url: str = Field(pattern=HTTPS, description="https:// authorization endpoint.")
    token_url: str = Field(pattern=HTTPS, description="https:// token endpoint.")
    user_info_url: str = Field(pattern=HTTPS, description="https:// user info endpoint.")


class GrafanaSettings(Section):
    """Grafana, on a host of its own; its state is a database `grafana` beside the application's."""

    host: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$",
        description="Host name; default: grafana.<domain>.",
    )
    admin_password: VariableName = Field(
        default="GRAFANA_ADMIN_PASSWORD",
        description="The name of the secret under plataforma:secrets for the user admin.",
    )
    sign_in: SignIn | None = Field(default=None, description="OpenID Connect.")
    traces_url: str | None = Field(
        default=None,
        pattern=HTTPS,
        description="https:// address before a trace's id, for the links in log lines.",
    )


class MonitoringSettings(Section):
    """Prometheus, Alertmanager, Grafana and Loki: in the stack, managed by AWS, or not at all."""

    mode: Literal["self-hosted", "managed", "off"] = Field(
        default="off",
        description="self-hosted (services of this stack), managed (Amazon Managed Prometheus and "
        "Grafana; logs stay in CloudWatch) or off (CloudWatch's alarms alone).",
    )
    replicas: int | None = Field(
        default=None,
        ge=1,
        le=2,
        description="Tasks of each part, 1 or 2; default: 2 in production, else 1.",
    )
    prometheus: PrometheusSettings = Field(default=PrometheusSettings(), description="Metrics.")
    grafana: GrafanaSettings = Field(default=GrafanaSettings(), description="Dashboards.")
    log_retention_days: int = Field(
        default=30, ge=1, le=3650, description="Days that Loki keeps logs in S3, 1 to 3650."
    )
    alerting: AlertingSettings | None = Field(
        default=None, description="Who is told of which alert; needed unless mode is off."
    )
