"""The output smokeTests: which requests reach which service over the stack's address."""

from __future__ import annotations

from typing import Any

from tests.support.configs import ABSENT, changed
from tests.support.plans import plan_of

SHOP: dict[str, Any] = {"image": "frontend", "port": 8080, "route": {"paths": ["/*"]}}


def smoke_tests(changes: dict[str, Any]) -> dict[str, Any]:
    return dict(plan_of(changed(changes)).outputs["smokeTests"])


def test_a_service_is_asked_for_its_health_where_the_route_leads_there():
    """Of the two the catch-all gets /healthz, so that the other is asked within its own path."""
    health = {"path": "/healthz", "successCodes": "200,204"}
    assert smoke_tests({"services.shop": {**SHOP, "health": health}}) == {
        "backend": [
            {"url": "https://staging.example.com/api/", "codes": "200-499", "version": False}
        ],
        "shop": [
            {"url": "https://staging.example.com/healthz", "codes": "200,204", "version": False}
        ],
    }


def test_a_host_of_its_own_is_where_a_service_is_asked():
    routes = {
        "services.backend.route": {"hosts": ["api.staging.example.com"]},
        "services.shop": {**SHOP, "route": {"hosts": ["*.shop.staging.example.com"]}},
    }
    urls = {name: tests[0]["url"] for name, tests in smoke_tests(routes).items()}
    assert urls == {
        "backend": "https://api.staging.example.com/healthz",
        "shop": "https://smoke-test.shop.staging.example.com/healthz",
    }


def test_the_requests_of_the_stack_file_follow_and_a_stack_without_a_domain_has_its_own_host():
    given = {"path": "/api/version", "contentType": "application/json", "version": True}
    found = smoke_tests({"domain": ABSENT, "zone": ABSENT, "services.backend.smokeTests": [given]})
    host = "https://${edge-cdn.domainName}"
    assert found["backend"][1:] == [
        {
            **{k: v for k, v in given.items() if k != "path"},
            "url": f"{host}/api/version",
            "codes": "200",
        }
    ]


def test_a_stack_without_a_route_has_none():
    assert smoke_tests({"services.backend": ABSENT, "migrations": ABSENT}) == {}


def test_what_the_pipeline_cannot_reach_is_not_asked():
    guarded = {"services.backend.route": {"paths": ["/api/*"], "allowFrom": ["203.0.113.0/24"]}}
    assert set(smoke_tests({**guarded, "services.shop": SHOP})) == {"shop"}
    assert smoke_tests({"edge.maintenance": {"enabled": True}}) == {}
