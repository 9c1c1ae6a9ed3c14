"""Hosts in further hosted zones."""

from __future__ import annotations

from policies import check
from tests.support.configs import config
from tests.support.plans import only, plan_of

ZONE, SHOP = "Z0123456789EXAMPLE", "Z1111111111EXAMPLE"


def test_each_host_has_its_records_and_its_validation_in_the_zone_that_holds_it():
    plan = plan_of(
        config(
            zones={"shop.example": SHOP},
            services__backend__route={"hosts": ["shop.example", "*.shop.example"]},
            edge={"redirects": {"www.staging.example.com": "staging.example.com"}},
        )
    )
    zone_by_name = {
        record.name: record.inputs["zoneId"] for record in plan.of_type("aws:route53/record:Record")
    }
    assert zone_by_name == {
        "edge-*.shop.example-A": SHOP,
        "edge-shop.example-A": SHOP,
        "edge-staging.example.com-A": ZONE,
        "edge-validation-shop.example": SHOP,
        "edge-validation-staging.example.com": ZONE,
        "edge-validation-www.staging.example.com": ZONE,
        "edge-www.staging.example.com-A": ZONE,
    }
    certificate = only(plan, "aws:acm/certificate:Certificate", "edge").inputs
    assert "*.shop.example" in certificate["subjectAlternativeNames"]
    assert [str(v) for v in check.violations(plan.resources, "staging")] == []
