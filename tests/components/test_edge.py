"""What clients on the internet meet: certificates, DNS, CloudFront, WAF."""

from __future__ import annotations

from typing import Any

import pytest

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
    service = {"image": "admin", "port": 8080, "route": {"hosts": hosts}}
    plan = plan_of(changed({"services.shop": service}))
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
    service = {"image": "admin", "port": 8080, "route": {"hosts": ["admin.staging.example.com"]}}
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
