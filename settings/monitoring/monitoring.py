"""The monitoring section of the stack config."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from settings.monitoring import alerting
from settings.monitoring.alerting import AlertingSettings
from settings.monitoring.images import EXPORTERS_IMAGE, GRAFANA, NAMES, PROMETHEUS
from settings.problems import Problem
from settings.section import Section, VariableName
from settings.service import fargate

LEAST_ALERTING = (
    "{receivers: {team: {sns: true}}, default: team, "
    'runbooksUrl: "https://github.com/<owner>/<name>/blob/main/", grafanaUrl: "https://<host>"}; '
    "sns: true is the stack's own topic, whose subscribers are alarms.emails."
)
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

    def problems(self) -> Iterator[Problem]:
        if (self.username is None) != (self.password is None):
            yield Problem("", "username and password go together: give both, or neither.")
        if self.to == "amp" and self.username:
            yield Problem("", "amp is signed by the task's role: leave username and password out.")


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

    def problems(self) -> Iterator[Problem]:
        yield from fargate.size_problems(self.cpu, self.memory)


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
        description="The name of the secret under plataforma:secrets for the user admin; Grafana "
        "reads it at its first start alone.",
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
    architecture: Literal["arm64", "x86_64"] = Field(
        default="arm64", description="Of its tasks and images: arm64 or x86_64."
    )
    prometheus: PrometheusSettings = Field(default=PrometheusSettings(), description="Metrics.")
    grafana: GrafanaSettings = Field(default=GrafanaSettings(), description="Dashboards.")
    log_retention_days: int = Field(
        default=30, ge=1, le=3650, description="Days that Loki keeps logs in S3, 1 to 3650."
    )
    alerting: AlertingSettings | None = Field(
        default=None, description="Who is notified of which alert; needed unless mode is off."
    )

    @property
    def images(self) -> tuple[str, ...]:
        """The images that its services run, but for the log router's."""
        if self.mode == "self-hosted":
            return (*NAMES, EXPORTERS_IMAGE)
        return (PROMETHEUS, EXPORTERS_IMAGE) if self.mode == "managed" else ()

    def secret_names(self) -> Iterator[tuple[str, str]]:
        """The path of each key that names a secret which this mode uses, and the name."""
        if self.mode == "off":
            return
        if self.alerting:
            for name in sorted(alerting.secret_names(self.alerting)):
                yield "alerting.receivers", name
        write = self.prometheus.remote_write
        if write and write.password:
            yield "prometheus.remoteWrite.password", write.password
        if self.mode == "self-hosted":
            yield "grafana.adminPassword", self.grafana.admin_password
            if self.grafana.sign_in:
                yield "grafana.signIn.clientSecret", self.grafana.sign_in.client_secret

    def problems(self) -> Iterator[Problem]:
        """With off none: what is left below may wait there for another mode."""
        if self.mode == "off":
            return
        if self.alerting is None:
            text = f"is missing: with mode {self.mode} someone has to be told of alerts. Write"
            yield Problem("alerting", f"{text} {LEAST_ALERTING}")
            return
        for problem in alerting.problems(self.alerting, on_aws=True):
            yield problem.below("alerting")
        if self.mode == "managed":
            for name, receiver in self.alerting.receivers.items():
                if receiver.kinds != ("sns",):
                    text = "Amazon Managed Prometheus tells people by SNS alone: write {sns: true}."
                    yield Problem(f"alerting.receivers.{name}", text)


def grafana_host(monitoring: MonitoringSettings, domain: str | None) -> str | None:
    """The host name of Grafana; None where the stack does not run it."""
    if monitoring.mode != "self-hosted" or domain is None:
        return None
    return monitoring.grafana.host or f"{GRAFANA}.{domain}"
