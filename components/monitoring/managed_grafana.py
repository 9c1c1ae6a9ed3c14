"""Amazon Managed Grafana."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.context import Context


@dataclass(frozen=True)
class ManagedGrafanaArgs:
    """`statements` let the workspace read its data sources."""

    statements: Sequence[iam.Statement]


class ManagedGrafana(pulumi.ComponentResource):
    """A workspace whose users sign in by IAM Identity Center. The dashboards of
    monitoring/grafana/dashboards are imported by hand, because AWS has no API for it.

    Makes: grafana.Workspace, its role.
    """

    url: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        context: Context,
        args: ManagedGrafanaArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:monitoring:ManagedGrafana", name, None, opts)
        role = iam.service_role(
            name,
            physical_name=context.names.role("grafana", "read"),
            service="grafana",
            context=context,
            statements=[*args.statements, *cloudwatch_statements()],
            parent=self,
        )
        workspace = aws.grafana.Workspace(
            name,
            name=context.names.platform,
            account_access_type="CURRENT_ACCOUNT",
            authentication_providers=["AWS_SSO"],
            permission_type="CUSTOMER_MANAGED",
            role_arn=role.arn,
            data_sources=["CLOUDWATCH", "PROMETHEUS"],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = pulumi.Output.concat("https://", workspace.endpoint)
        self.register_outputs({"url": self.url})


def cloudwatch_statements() -> list[iam.Statement]:
    """Permissions of Grafana's data source CloudWatch. Metrics have no resource to name (Service
    Authorization Reference)."""
    return [iam.allow(["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"], ["*"])]
