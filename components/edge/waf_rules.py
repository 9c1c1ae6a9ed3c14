"""The rules of the web ACL: a rate limit, AWS's managed rule groups, the size of bodies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import pulumi_aws as aws

from settings.network.waf import MANAGED_RULES, SIZE_OF_BODIES, Action, WafSettings
from settings.service.route import Route

Rule = aws.wafv2.WebAclRuleArgsDict
Statement = aws.wafv2.WebAclRuleStatementArgsDict
Field = aws.wafv2.WebAclRuleStatementRegexMatchStatementFieldToMatchArgsDict
Override = aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgsDict
HOST: Field = {"single_header": {"name": "host"}}
PATH: Field = {"uri_path": {}}
LARGE_BODY = "large-body"
"""The label of a request whose route takes large bodies."""
# AWS WAF Developer Guide, "Baseline rule groups": the label of SizeRestrictions_BODY.
OVER_8_KIB = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"


def rules(settings: WafSettings, large_body_routes: Sequence[Route]) -> list[Rule]:
    """The rate limit first, then the managed rule groups, then what blocks large bodies where the
    managed rule only counts them."""
    overrides: dict[str, Action] = dict(settings.overrides)
    size: list[Rule] = []
    if large_body_routes:
        overrides[SIZE_OF_BODIES] = "count"
        size = _size_of_bodies(len(MANAGED_RULES) + 1, large_body_routes)
    groups = [_managed(n, group, overrides) for n, group in enumerate(MANAGED_RULES, start=1)]
    return [_rate_limit(settings.requests_per_five_minutes), *groups, *size]


def _visibility(metric: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgsDict:
    return {
        "cloudwatch_metrics_enabled": True,
        "metric_name": metric,
        "sampled_requests_enabled": True,
    }


def _rate_limit(requests_per_five_minutes: int) -> Rule:
    return {
        "name": "rate-limit",
        "priority": 0,
        "action": {"block": {}},
        "statement": {
            "rate_based_statement": {"aggregate_key_type": "IP", "limit": requests_per_five_minutes}
        },
        "visibility_config": _visibility("rate-limit"),
    }


def _managed(priority: int, group: str, overrides: Mapping[str, Action]) -> Rule:
    overridden = [rule for rule in MANAGED_RULES[group] if rule in overrides]
    return {
        "name": group,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {
            "managed_rule_group_statement": {
                "name": group,
                "vendor_name": "AWS",
                "rule_action_overrides": [_override(rule, overrides[rule]) for rule in overridden],
            }
        },
        "visibility_config": _visibility(group),
    }


def _override(rule: str, action: Action) -> Override:
    if action == "count":
        return {"name": rule, "action_to_use": {"count": {}}}
    return {"name": rule, "action_to_use": {"block": {}}}


def _size_of_bodies(priority: int, routes: Sequence[Route]) -> list[Rule]:
    """Labels requests whose route takes large bodies, and blocks the others' large bodies."""
    others: Statement = {"not_statement": {"statement": _has_label(LARGE_BODY)}}
    return [
        {
            "name": "large-bodies-allowed",
            "priority": priority,
            "action": {"count": {}},
            "rule_labels": [{"name": LARGE_BODY}],
            "statement": _any_of([_matches(route) for route in routes]),
            "visibility_config": _visibility("large-bodies-allowed"),
        },
        {
            "name": "large-bodies",
            "priority": priority + 1,
            "action": {"block": {}},
            "statement": _all_of([_has_label(OVER_8_KIB), others]),
            "visibility_config": _visibility("large-bodies"),
        },
    ]


def _matches(route: Route) -> Statement:
    hosts = [_pattern(HOST, pattern, "LOWERCASE") for pattern in route.hosts]
    paths = [_pattern(PATH, pattern, "NONE") for pattern in route.paths]
    return _all_of([_any_of(patterns) for patterns in (hosts, paths) if patterns])


def _pattern(field: Field, pattern: str, transformation: Literal["LOWERCASE", "NONE"]) -> Statement:
    """A pattern of a listener rule, * any run and ? one character, as a regular expression."""
    literal = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return {
        "regex_match_statement": {
            "field_to_match": field,
            "regex_string": f"^{literal}$",
            "text_transformations": [{"priority": 0, "type": transformation}],
        }
    }


def _has_label(key: str) -> Statement:
    return {"label_match_statement": {"scope": "LABEL", "key": key}}


def _any_of(statements: Sequence[Statement]) -> Statement:
    """WAF's OR combines more than one statement (WAF API, OrStatement)."""
    return statements[0] if len(statements) == 1 else {"or_statement": {"statements": statements}}


def _all_of(statements: Sequence[Statement]) -> Statement:
    """WAF's AND combines more than one statement (WAF API, AndStatement)."""
    return statements[0] if len(statements) == 1 else {"and_statement": {"statements": statements}}
