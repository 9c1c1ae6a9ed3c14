"""Keys that decide which requests reach a service."""

from __future__ import annotations

from typing import Any

from policies import check
from simulation.plan import Plan
from tests.support.configs import config
from tests.support.plans import plan_of

RULE = "aws:lb/listenerRule:ListenerRule"
OFFICE = "203.0.113.0/24"


def rules(plan: Plan) -> dict[str, Any]:
    return {rule.name: rule.inputs for rule in plan.of_type(RULE)}


def test_only_some_addresses_reach_a_service_and_others_are_refused_at_once():
    plan = plan_of(config(services__backend__route={"paths": ["/api/*"], "allowFrom": [OFFICE]}))
    allowed, refused = rules(plan)["backend"], rules(plan)["backend-refusal"]
    assert {"sourceIp": {"values": [OFFICE]}} in allowed["conditions"]
    assert refused["conditions"] == [{"pathPattern": {"values": ["/api/*"]}}]
    assert refused["priority"] == allowed["priority"] + 1
    (action,) = refused["actions"]
    assert action["fixedResponse"]["statusCode"] == "403"
    assert [str(v) for v in check.violations(plan.resources, "staging")] == []


def test_new_tasks_are_tried_from_the_vpc_whoever_may_reach_the_service():
    plan = plan_of(
        config(
            services__backend__route={"paths": ["/api/*"], "allowFrom": [OFFICE]},
            services__backend__rollout={"strategy": "blue-green"},
        )
    )
    assert rules(plan)["backend-test"]["conditions"] == [{"pathPattern": {"values": ["/api/*"]}}]


def test_while_maintenance_is_on_one_rule_before_all_others_answers():
    before = plan_of(config())
    after = plan_of(config(edge={"maintenance": {"enabled": True, "message": "<h1>Soon</h1>"}}))
    added = {name: rule for name, rule in rules(after).items() if name not in rules(before)}
    assert list(added) == ["edge-maintenance"]
    rule = added["edge-maintenance"]
    assert rule["conditions"] == [{"pathPattern": {"values": ["/*"]}}]
    assert rule["priority"] < min(one["priority"] for one in rules(before).values())
    assert rule["actions"] == [
        {
            "type": "fixed-response",
            "fixedResponse": {
                "contentType": "text/html",
                "messageBody": "<h1>Soon</h1>",
                "statusCode": "503",
            },
        }
    ]
    assert {k: v for k, v in rules(after).items() if k != "edge-maintenance"} == rules(before)
