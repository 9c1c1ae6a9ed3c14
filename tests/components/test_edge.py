"""What clients on the internet meet: certificates, DNS, CloudFront, WAF."""

from __future__ import annotations

import re
from typing import Any

import pytest

from settings.project import ROOT
from simulation.plan import Plan
from tests.support.configs import changed
from tests.support.plans import only, plan_of, plan_of_stack

RECORD = "aws:route53/record:Record"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/0"


@pytest.fixture(scope="module")
def prod() -> Plan:
    return plan_of_stack("prod")


def behind_cloudfront(**changes: Any) -> Plan:
    return plan_of(changed({"edge": {"cdn": {"enabled": True}}} | changes))


# Certificates and DNS


def records(plan: Plan) -> list[str]:
    return sorted(record.name for record in plan.of_type(RECORD))


def test_certificates_of_two_regions_share_the_records_that_validate_them(prod: Plan):
    """ACM gives certificates of one name in one account the same CNAME, in each region: with two
    owners, it would be deleted with either certificate, and the other would not be renewed."""
    hosts = ("app.example.com", "grafana.app.example.com")
    assert [r for r in records(prod) if "validation" in r] == [
        f"edge-validation-{host}" for host in hosts
    ]
    names = [only(prod, RECORD, f"edge-validation-{host}").inputs["name"] for host in hosts]
    assert {v.name: v.inputs["validationRecordFqdns"] for v in prod.of_type(VALIDATION)} == {
        "edge": names,
        "edge-cdn": names,
    }


def test_records_stay_when_their_first_certificate_is_given_by_arn(prod: Plan):
    edge = {"certificate": ARN, "cdn": {"enabled": True}}
    plan = plan_of(changed({"edge": edge, "environment": "staging"}))
    assert [c.name for c in plan.of_type(CERTIFICATE)] == ["edge-cdn"]
    (record,) = [r for r in plan.of_type(RECORD) if "validation" in r.name]
    assert record.name == "edge-validation-staging.example.com"
    assert record.parent == only(prod, RECORD, "edge-validation-app.example.com").parent.replace(
        ":prod:", ":staging:"
    )


def test_a_wildcard_host_has_a_record_and_the_validation_of_its_base():
    hosts = ["*.shop.staging.example.com", "shop.staging.example.com"]
    route = {"hosts": hosts}
    plan = plan_of(changed({"services.shop": {"image": "frontend", "port": 8080, "route": route}}))
    assert only(plan, CERTIFICATE).inputs["subjectAlternativeNames"] == hosts
    assert records(plan) == [
        "edge-*.shop.staging.example.com-A",
        "edge-shop.staging.example.com-A",
        "edge-staging.example.com-A",
        "edge-validation-shop.staging.example.com",
        "edge-validation-staging.example.com",
    ]


# CloudFront

METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]


def distribution(plan: Plan) -> dict[str, Any]:
    return dict(only(plan, "aws:cloudfront/distribution:Distribution").inputs)


def test_a_service_with_its_own_host_can_be_written_to_through_cloudfront():
    service = {"image": "frontend", "port": 8080, "route": {"hosts": ["admin.staging.example.com"]}}
    inputs = distribution(behind_cloudfront(**{"services.admin": service}))
    behaviors = [inputs["defaultCacheBehavior"], *inputs["orderedCacheBehaviors"]]
    assert all(sorted(behavior["allowedMethods"]) == METHODS for behavior in behaviors)
    assert all(behavior["cachedMethods"] == ["GET", "HEAD"] for behavior in behaviors)


def test_cloudfront_caches_each_query_by_itself(prod: Plan):
    """UseOriginCacheControlHeaders leaves the query out of the cache key, ...-QueryStrings does not
    (Amazon CloudFront Developer Guide, "Use managed cache policies")."""
    policy = distribution(prod)["defaultCacheBehavior"]["cachePolicyId"]
    assert policy == "4cc15a8a-d715-48a4-82b8-cc0b614638fe"


def test_cloudfront_drops_an_idle_connection_before_the_load_balancer_does(prod: Plan):
    """Else a request may go into a connection that is being closed: 502 (Amazon CloudFront
    Developer Guide, "Keep-alive timeout")."""
    (origin,) = distribution(prod)["origins"]
    balancer = only(prod, "aws:lb/loadBalancer:LoadBalancer", "edge").inputs
    assert origin["vpcOriginConfig"]["originKeepaliveTimeout"] < balancer["idleTimeout"]


def test_a_stream_of_events_writes_before_cloudfront_or_the_load_balancer_gives_up(prod: Plan):
    """CloudFront waits so long between two packets of a response (Amazon CloudFront Developer
    Guide, "Response timeout"), an Application Load Balancer while a connection is idle."""
    source = (ROOT / "api/src/jobs/follower.ts").read_text(encoding="utf-8")
    found = re.search(r"HEARTBEAT_SECONDS = (\d+);", source)
    assert found
    (origin,) = distribution(prod)["origins"]
    balancer = only(prod, "aws:lb/loadBalancer:LoadBalancer", "edge").inputs
    patience = min(origin["vpcOriginConfig"]["originReadTimeout"], balancer["idleTimeout"])
    assert int(found[1]) * 2 < patience


# WAF


def web_acl(plan: Plan) -> dict[str, dict[str, Any]]:
    return {rule["name"]: rule for rule in only(plan, "aws:wafv2/webAcl:WebAcl").inputs["rules"]}


def overrides(plan: Plan) -> dict[str, dict[str, Any]]:
    return {
        override["name"]: override["actionToUse"]
        for rule in web_acl(plan).values()
        for group in [rule["statement"].get("managedRuleGroupStatement") or {}]
        for override in group.get("ruleActionOverrides") or []
    }


def test_waf_blocks_large_bodies_where_no_route_takes_them():
    plan = plan_of(changed({"monitoring": {"mode": "off"}}))
    assert overrides(plan) == {}
    assert not {"large-bodies", "large-bodies-allowed"} & set(web_acl(plan))


def pattern(field: dict[str, Any], regex: str, transformation: str) -> dict[str, Any]:
    return {
        "regexMatchStatement": {
            "fieldToMatch": field,
            "regexString": regex,
            "textTransformations": [{"priority": 0, "type": transformation}],
        }
    }


def test_waf_lets_large_bodies_through_to_the_routes_that_take_them():
    """AWSManagedRulesCommonRuleSet blocks bodies over 8 KiB; it counts and labels them here, and a
    later rule blocks those of other routes (AWS WAF, "Label match rule statement")."""
    hosts = ["*.files.staging.example.com", "files.staging.example.com"]
    route = {"hosts": hosts, "paths": ["/up?oad/*"], "largeBodies": True}
    plan = plan_of(
        changed(
            {
                "monitoring": {"mode": "off"},
                "services.backend.route.largeBodies": True,
                "services.files": {"image": "frontend", "port": 8080, "route": route},
            }
        )
    )
    assert overrides(plan) == {"SizeRestrictions_BODY": {"count": {}}}
    acl = web_acl(plan)
    allowed, blocked = acl["large-bodies-allowed"], acl["large-bodies"]
    common = acl["AWSManagedRulesCommonRuleSet"]
    assert common["priority"] < allowed["priority"] < blocked["priority"]
    assert allowed["action"] == {"count": {}}
    assert allowed["ruleLabels"] == [{"name": "large-body"}]
    host, path = {"singleHeader": {"name": "host"}}, {"uriPath": {}}
    of_files = [
        pattern(host, r"^.*\.files\.staging\.example\.com$", "LOWERCASE"),
        pattern(host, r"^files\.staging\.example\.com$", "LOWERCASE"),
    ]
    upload = pattern(path, "^/up.oad/.*$", "NONE")
    files = {"andStatement": {"statements": [{"orStatement": {"statements": of_files}}, upload]}}
    assert allowed["statement"]["orStatement"]["statements"] == [
        pattern(path, "^/api/.*$", "NONE"),
        files,
    ]
    assert blocked["action"] == {"block": {}}
    too_large, taken = blocked["statement"]["andStatement"]["statements"]
    assert too_large["labelMatchStatement"] == {
        "scope": "LABEL",
        "key": "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body",
    }
    assert taken["notStatement"]["statement"]["labelMatchStatement"]["key"] == "large-body"


def test_grafana_may_save_a_large_dashboard(prod: Plan):
    allowed = web_acl(prod)["large-bodies-allowed"]["statement"]
    grafana = pattern(
        {"singleHeader": {"name": "host"}}, r"^grafana\.app\.example\.com$", "LOWERCASE"
    )
    assert grafana in allowed["orStatement"]["statements"]


def test_a_managed_rule_counts_where_the_stack_file_says_so():
    waf = {"overrides": {"GenericRFI_BODY": "count", "AWSManagedIPDDoSList": "block"}}
    plan = plan_of(changed({"edge": {"waf": waf}, "monitoring": {"mode": "off"}}))
    assert overrides(plan) == {
        "GenericRFI_BODY": {"count": {}},
        "AWSManagedIPDDoSList": {"block": {}},
    }
