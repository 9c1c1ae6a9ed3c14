"""Grafana as a service of the stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.monitoring.managed_grafana import cloudwatch_statements
from components.monitoring.managed_prometheus import ManagedPrometheus
from components.monitoring.services import ServiceDefinition, service_settings, url
from components.shared.link import Link
from components.shared.secret_handle import SecretHandle
from settings.monitoring.images import ALERTMANAGER, GRAFANA, LOKI, PROMETHEUS
from settings.monitoring.monitoring import GrafanaSettings, SignIn
from settings.service.health import Health
from settings.service.route import Route

# Path patterns that CloudFront must not cache; the rest is static files.
UNCACHED_PATHS = ("/api/*", "/apis/*", "/login*")

# Grafana installs plugins and asks for news of itself at each start unless told not to. The plugins
# folder is read-only, and all that the data sources need is in the image (Grafana 12.4,
# conf/defaults.ini: [plugins] preinstall_disabled, [analytics]).
OFFLINE = {
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
}


@dataclass(frozen=True)
class GrafanaArgs:
    """`host` is its public name; `database` holds its users, dashboards and sessions, without which
    they are in a file that ends with the one task; `workspace` is the Amazon Managed Prometheus
    that Prometheus writes to, if there is one."""

    settings: GrafanaSettings
    replicas: int
    host: str
    region: str
    namespace: str
    database: Link | None
    secrets: Mapping[str, SecretHandle]
    workspace: ManagedPrometheus | None = None


def grafana(args: GrafanaArgs) -> ServiceDefinition:
    settings = service_settings(
        GRAFANA,
        args.replicas if args.database else 1,
        cpu=512,
        memory=1024,
        user="472",
        route=route(args.host),
        # Its first start makes the tables, and a second task waits for the first one.
        health=Health(path="/api/health", grace_period_seconds=300),
    )
    link = Link(
        "configuration",
        environment=_environment(args),
        secrets=_secrets(args),
        statements=[
            *cloudwatch_statements(),
            *(args.workspace.read_statements if args.workspace else ()),
        ],
    )
    return ServiceDefinition(settings, [*([args.database] if args.database else []), link])


def route(host: str) -> Route:
    """A dashboard is often larger than what AWS WAF lets through by default."""
    return Route(hosts=(host,), large_bodies=True)


def _environment(args: GrafanaArgs) -> dict[str, pulumi.Input[str]]:
    variables: dict[str, pulumi.Input[str]] = {
        "GF_SERVER_ROOT_URL": f"https://{args.host}/",
        # The image's own folder, /var/lib/grafana, is read-only here (packaging/docker/run.sh).
        "GF_PATHS_DATA": "/tmp/grafana",
        **OFFLINE,
        "PROMETHEUS_URL": url(PROMETHEUS, args.namespace),
        "ALERTMANAGER_URL": url(ALERTMANAGER, args.namespace),
        "LOKI_URL": url(LOKI, args.namespace),
        "AWS_REGION": args.region,
    }
    if args.workspace:
        # The data source Prometheus signs requests (Grafana 12.4, "Configure the Prometheus data
        # source"; Grafana 13 moves it to a plugin of its own).
        variables |= {
            "AMP_URL": args.workspace.endpoint,
            "GF_AUTH_SIGV4_AUTH_ENABLED": "true",
            "GF_PATHS_PROVISIONING": "/tmp/grafana/provisioning",
        }
    if args.settings.traces_url:
        variables["TRACES_URL"] = args.settings.traces_url
    if args.settings.sign_in:
        variables |= sign_in_variables(args.settings.sign_in)
    return variables


def _secrets(args: GrafanaArgs) -> dict[str, SecretHandle]:
    secrets = {"GF_SECURITY_ADMIN_PASSWORD": args.secrets[args.settings.admin_password]}
    if args.settings.sign_in:
        client_secret = args.secrets[args.settings.sign_in.client_secret]
        secrets["GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET"] = client_secret
    return secrets


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
