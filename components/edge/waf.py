"""AWS WAF: a web ACL, and its log without credentials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.edge.waf_rules import rules
from components.shared.context import Context
from components.shared.logs import log_group
from settings.network.waf import WafSettings
from settings.service.route import Route

REDACTED_HEADERS = ("authorization", "cookie")


@dataclass(frozen=True)
class WafArgs:
    """`scope` says what the web ACL protects: a load balancer (REGIONAL) or a distribution."""

    settings: WafSettings
    large_body_routes: Sequence[Route]
    scope: Literal["REGIONAL", "CLOUDFRONT"]
    key_arn: pulumi.Input[str]


class Waf(pulumi.ComponentResource):
    """The web ACL of the load balancer or the distribution.

    Makes: wafv2.WebAcl, WebAclLoggingConfiguration, its log group; CloudFront's are in us-east-1.
    """

    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        context: Context,
        args: WafArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:edge:Waf", name, None, opts)
        region = "us-east-1" if args.scope == "CLOUDFRONT" else context.region
        acl = aws.wafv2.WebAcl(
            name,
            name=context.names.platform,
            scope=args.scope,
            region=region,
            default_action={"allow": {}},
            rules=rules(args.settings, args.large_body_routes),
            visibility_config={
                "cloudwatch_metrics_enabled": True,
                "metric_name": context.names.platform,
                "sampled_requests_enabled": True,
            },
            # Another scope is another ACL of the same name. WAF deletes none in use: the old one
            # goes last, after the distribution that it protected.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=False),
        )
        self.arn = acl.arn
        group = self._log_group(name, context, region, args.key_arn)
        aws.wafv2.WebAclLoggingConfiguration(
            name,
            resource_arn=acl.arn,
            region=region,
            log_destination_configs=[group.arn],
            redacted_fields=[{"single_header": {"name": header}} for header in REDACTED_HEADERS],
            opts=pulumi.ResourceOptions(parent=acl),
        )
        self.register_outputs({"arn": acl.arn})

    def _log_group(
        self, name: str, context: Context, region: str, key_arn: pulumi.Input[str]
    ) -> aws.cloudwatch.LogGroup:
        physical_name = f"aws-waf-logs-{context.names.platform}"  # WAF requires the prefix
        if region == context.region:
            return log_group(
                name, physical_name=physical_name, retention_days=30, key_arn=key_arn, parent=self
            )
        # The stack's key is in another region: CloudWatch encrypts with a key of its own.
        return aws.cloudwatch.LogGroup(
            name,
            name=physical_name,
            region=region,
            retention_in_days=30,
            opts=pulumi.ResourceOptions(parent=self),
        )
