"""Amazon Managed Service for Prometheus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.monitoring.services import to_yaml
from components.shared import iam
from components.shared.context import Context
from rendering.alertmanager import alertmanager_config, urls_template
from settings.monitoring.alerting import AlertingSettings
from settings.project import ROOT

FOLDER = ROOT / "monitoring"
RULES = FOLDER / "prometheus/rules"
TEMPLATE = FOLDER / "alertmanager/templates/plataforma.tmpl"


@dataclass(frozen=True)
class ManagedPrometheusArgs:
    """`topic_arn` is the topic of the alerts; without `alerting` there are none. `rules` are the
    names of the rule files."""

    key_arn: pulumi.Input[str]
    topic_arn: pulumi.Output[str]
    alerting: AlertingSettings | None = None
    rules: Sequence[str] = ()


class ManagedPrometheus(pulumi.ComponentResource):
    """A workspace that Prometheus writes to and Grafana reads.

    Makes: amp.Workspace (encrypted); with `alerting` an amp.RuleGroupNamespace for each of its
    rule files, and an amp.AlertManagerDefinition.
    """

    remote_write: Mapping[str, Any]
    """The entry of Prometheus' `remote_write`; requests are signed with the task role."""
    write_statements: list[iam.Statement]
    read_statements: list[iam.Statement]
    endpoint: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        context: Context,
        args: ManagedPrometheusArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:monitoring:ManagedPrometheus", name, None, opts)
        workspace = aws.amp.Workspace(
            name,
            alias=context.names.platform,
            kms_key_arn=args.key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.endpoint = workspace.prometheus_endpoint
        self.remote_write = {
            "url": pulumi.Output.concat(self.endpoint, "api/v1/remote_write"),
            "sigv4": {"region": context.region},
            "write_relabel_configs": deduplication(context.names.platform),
        }
        self.write_statements = [iam.allow(["aps:RemoteWrite"], [workspace.arn])]
        self.read_statements = [iam.allow(READ_ACTIONS, [workspace.arn])]
        if args.alerting is not None:
            self._alerts(name, context, workspace, args.alerting, args)
        self.register_outputs({"endpoint": self.endpoint})

    def _alerts(
        self,
        name: str,
        context: Context,
        workspace: aws.amp.Workspace,
        alerting: AlertingSettings,
        args: ManagedPrometheusArgs,
    ) -> None:
        child_opts = pulumi.ResourceOptions(parent=workspace)
        for rules in args.rules:
            aws.amp.RuleGroupNamespace(
                f"{name}-{rules}",
                name=rules,
                workspace_id=workspace.id,
                data=(RULES / f"{rules}.yml").read_text(),
                opts=child_opts,
            )
        definition = args.topic_arn.apply(
            lambda arn: managed_definition(alerting, arn, context.region)
        )
        aws.amp.AlertManagerDefinition(
            name, workspace_id=workspace.id, definition=definition, opts=child_opts
        )


def deduplication(cluster: str) -> list[dict[str, Any]]:
    """The labels by which the workspace keeps (and bills) one sample of several replicas. It drops
    `__replica__`. Source: Amazon Managed Service for Prometheus, "Send high availability data"."""
    return [
        {"target_label": "cluster", "replacement": cluster},
        {"source_labels": ["replica"], "target_label": "__replica__"},
        {"regex": "replica", "action": "labeldrop"},
    ]


READ_ACTIONS = (
    "aps:GetLabels",
    "aps:GetMetricMetadata",
    "aps:GetSeries",
    "aps:QueryMetrics",
)


def managed_definition(alerting: AlertingSettings, topic_arn: str, region: str) -> str:
    """The workspace's alert manager definition, which names templates instead of their paths.

    Source: Amazon Managed Service for Prometheus, "Alert manager configuration".
    """
    config = alertmanager_config(
        alerting,
        secrets_dir="",
        templates=["plataforma.tmpl", "urls.tmpl"],
        sns_topic_arn=topic_arn,
        region=region,
    )
    files = {"plataforma.tmpl": TEMPLATE.read_text(), "urls.tmpl": urls_template(alerting)}
    return to_yaml({"template_files": files, "alertmanager_config": to_yaml(config)})
