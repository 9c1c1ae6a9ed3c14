"""The waf section of edge, and the names of the managed rules that it may override."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from settings.problems import Problem, nearest
from settings.section import Section

Action = Literal["count", "block"]
SIZE_OF_BODIES = "SizeRestrictions_BODY"
"""The rule of AWS's common rule set that blocks bodies over 8 KiB."""
# Rules by rule group, in the order of the web ACL. AWS WAF ignores an override of an unknown rule
# in silence (WAF API, RuleActionOverride). AWS WAF Developer Guide, "IP reputation rule groups",
# "Baseline rule groups", "Use-case specific rule groups", September 2026.
MANAGED_RULES: Mapping[str, tuple[str, ...]] = {
    "AWSManagedRulesAmazonIpReputationList": (
        "AWSManagedIPReputationList",
        "AWSManagedReconnaissanceList",
        "AWSManagedIPDDoSList",
    ),
    "AWSManagedRulesCommonRuleSet": (
        "NoUserAgent_HEADER",
        "UserAgent_BadBots_HEADER",
        "SizeRestrictions_QUERYSTRING",
        "SizeRestrictions_Cookie_HEADER",
        SIZE_OF_BODIES,
        "SizeRestrictions_URIPATH",
        "EC2MetaDataSSRF_BODY",
        "EC2MetaDataSSRF_COOKIE",
        "EC2MetaDataSSRF_URIPATH",
        "EC2MetaDataSSRF_QUERYARGUMENTS",
        "GenericLFI_QUERYARGUMENTS",
        "GenericLFI_URIPATH",
        "GenericLFI_BODY",
        "RestrictedExtensions_URIPATH",
        "RestrictedExtensions_QUERYARGUMENTS",
        "GenericRFI_QUERYARGUMENTS",
        "GenericRFI_BODY",
        "GenericRFI_URIPATH",
        "CrossSiteScripting_COOKIE",
        "CrossSiteScripting_QUERYARGUMENTS",
        "CrossSiteScripting_BODY",
        "CrossSiteScripting_URIPATH",
    ),
    "AWSManagedRulesKnownBadInputsRuleSet": (
        "JavaDeserializationRCE_HEADER",
        "JavaDeserializationRCE_BODY",
        "JavaDeserializationRCE_URIPATH",
        "JavaDeserializationRCE_QUERYSTRING",
        "Host_localhost_HEADER",
        "PROPFIND_METHOD",
        "ExploitablePaths_URIPATH",
        "Log4JRCE_HEADER",
        "Log4JRCE_QUERYSTRING",
        "Log4JRCE_BODY",
        "Log4JRCE_URIPATH",
        "ReactJSRCE_BODY",
    ),
    "AWSManagedRulesSQLiRuleSet": (
        "SQLi_QUERYARGUMENTS",
        "SQLiExtendedPatterns_QUERYARGUMENTS",
        "SQLi_BODY",
        "SQLiExtendedPatterns_BODY",
        "SQLi_COOKIE",
        "SQLi_URIPATH",
    ),
}


class WafSettings(Section):
    """AWS WAF before the load balancer or the distribution."""

    enabled: bool = Field(default=True, description="true or false.")
    requests_per_five_minutes: int = Field(
        default=2000, ge=10, le=2_000_000_000, description="Rate limit by client address, from 10."
    )
    overrides: dict[str, Action] = Field(
        default_factory=dict[str, Action],
        description="count or block by the name of a managed rule, in place of what AWS set, e.g. "
        "{GenericRFI_BODY: count}.",
    )

    def problems(self) -> Iterator[Problem]:
        known = [rule for rules in MANAGED_RULES.values() for rule in rules]
        for rule in self.overrides:
            if rule not in known:
                text = f"is no rule of the managed rule groups.{nearest(rule, known)}"
                yield Problem(f"overrides.{rule}", text)
            if rule == SIZE_OF_BODIES:
                text = "is decided by route.largeBodies of each service. Remove it here."
                yield Problem(f"overrides.{rule}", text)
