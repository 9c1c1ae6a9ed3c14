"""AWS WAF: managed rule groups, a rate limit, a log without credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.shared.context import Context
from components.shared.logs import log_group
from settings.network.edge import WafSettings

# AWS WAF Developer Guide, "AWS Managed Rules rule groups list".
MANAGED_RULES = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)
REDACTED_HEADERS = ("authorization", "cookie")


@dataclass(frozen=True)
class WafArgs:
    """`scope` says what the web ACL protects: a load balancer (REGIONAL) or a distribution."""

    settings: WafSettings
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
            rules=rules(args.settings.requests_per_five_minutes),
            visibility_config=_visibility(context.names.platform),
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


def rules(requests_per_five_minutes: int) -> list[aws.wafv2.WebAclRuleArgsDict]:
    """The rate limit first, then the managed rule groups."""
    rate_limit: aws.wafv2.WebAclRuleArgsDict = {
        "name": "rate-limit",
        "priority": 0,
        "action": {"block": {}},
        "statement": {
            "rate_based_statement": {"aggregate_key_type": "IP", "limit": requests_per_five_minutes}
        },
        "visibility_config": _visibility("rate-limit"),
    }
    return [rate_limit, *(_managed(n, name) for n, name in enumerate(MANAGED_RULES, start=1))]


def _managed(priority: int, rule_group: str) -> aws.wafv2.WebAclRuleArgsDict:
    return {
        "name": rule_group,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {"managed_rule_group_statement": {"name": rule_group, "vendor_name": "AWS"}},
        "visibility_config": _visibility(rule_group),
    }


def _visibility(metric: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgsDict:
    return {
        "cloudwatch_metrics_enabled": True,
        "metric_name": metric,
        "sampled_requests_enabled": True,
    }
