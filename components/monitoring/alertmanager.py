"""Alertmanager as a service of the stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.monitoring.services import (
    CONFIG_DIR,
    SECRETS_DIR,
    ServiceDefinition,
    files_variable,
    host,
    readiness_check,
    secret_files,
    service_settings,
    to_yaml,
)
from components.shared import iam
from components.shared.link import Link
from components.shared.secret_handle import SecretHandle
from rendering.alertmanager import alertmanager_config, urls_template
from settings.monitoring.alerting import AlertingSettings, secret_names
from settings.monitoring.images import ALERTMANAGER
from settings.service.service import ServiceSettings

GOSSIP_PORT = 9094


@dataclass(frozen=True)
class AlertmanagerArgs:
    """`topic_arn` is the SNS topic of receivers with `sns: true`, `key_arn` the key it is encrypted
    with."""

    alerting: AlertingSettings
    replicas: int
    region: str
    namespace: str
    topic_arn: pulumi.Output[str]
    key_arn: pulumi.Input[str]
    secrets: Mapping[str, SecretHandle]


def alertmanager(args: AlertmanagerArgs) -> ServiceDefinition:
    secrets = secret_files(secret_names(args.alerting))
    files = {
        "ALERTMANAGER_CONFIG": f"{CONFIG_DIR}/alertmanager.yml",
        "URLS_TEMPLATE": f"{CONFIG_DIR}/urls.tmpl",
        **secrets,
    }
    link = Link(
        "configuration",
        environment={
            "ALERTMANAGER_CONFIG": args.topic_arn.apply(lambda arn: _config(args, arn)),
            "URLS_TEMPLATE": urls_template(args.alerting),
            "FILES": files_variable(files),
        },
        secrets={name: args.secrets[name] for name in secrets},
        statements=publish_statements(args.topic_arn, args.key_arn),
    )
    return ServiceDefinition(_settings(args), [link])


def _settings(args: AlertmanagerArgs) -> ServiceSettings:
    """Replicas find each other by the service's name (Alertmanager, "High Availability")."""
    single = ("--cluster.listen-address=",)
    cluster = (
        f"--cluster.listen-address=0.0.0.0:{GOSSIP_PORT}",
        f"--cluster.peer={host(ALERTMANAGER, args.namespace)}:{GOSSIP_PORT}",
    )
    return service_settings(
        ALERTMANAGER,
        args.replicas,
        command=(
            f"--config.file={CONFIG_DIR}/alertmanager.yml",
            "--storage.path=/tmp/alertmanager",
            f"--web.external-url={args.alerting.grafana_url}",
            "--web.route-prefix=/",
            *(single if args.replicas == 1 else cluster),
        ),
        health=readiness_check(ALERTMANAGER),
    )


def _config(args: AlertmanagerArgs, topic_arn: str) -> str:
    config = alertmanager_config(
        args.alerting,
        secrets_dir=SECRETS_DIR,
        templates=["/etc/alertmanager/templates/*.tmpl", f"{CONFIG_DIR}/*.tmpl"],
        sns_topic_arn=topic_arn,
        region=args.region,
    )
    return to_yaml(config)


def publish_statements(
    topic_arn: pulumi.Input[str], key_arn: pulumi.Input[str]
) -> list[iam.Statement]:
    """Permissions to publish to an encrypted topic."""
    return [
        iam.allow(["sns:Publish"], [topic_arn]),
        iam.allow(["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
    ]


def smtp_ports(alerting: AlertingSettings) -> list[int]:
    """The ports of the mail servers of all receivers."""
    mails = [receiver.email for receiver in alerting.receivers.values() if receiver.email]
    return sorted({int(mail.smarthost.rpartition(":")[2]) for mail in mails})
