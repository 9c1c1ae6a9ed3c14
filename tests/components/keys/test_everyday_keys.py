"""Keys of everyday edits: what each changes in the plan."""

from __future__ import annotations

import json

from policies import check
from tests.support.configs import config
from tests.support.plans import container, only, plan_of, statements

GROUP = "aws:lb/targetGroup:TargetGroup"
SCHEDULED = "aws:appautoscaling/scheduledAction:ScheduledAction"


def test_tags_are_on_every_resource_beside_the_platforms_own():
    plan = plan_of(config(tags={"CostCenter": "shop"}))
    provider = only(plan, "pulumi:providers:aws", "aws").inputs
    assert json.loads(provider["defaultTags"])["tags"] == {
        "CostCenter": "shop",
        "Environment": "staging",
        "ManagedBy": "pulumi",
        "Project": "plataforma",
    }


def test_a_service_stops_at_night_and_starts_in_the_morning():
    schedules = [
        {"at": "cron(0 20 * * ? *)", "timezone": "Europe/Lisbon", "min": 0, "max": 0},
        {"at": "cron(0 7 * * ? *)", "timezone": "Europe/Lisbon", "min": 1, "max": 3},
    ]
    plan = plan_of(config(services__backend__scaling={"min": 1, "max": 3, "schedules": schedules}))
    ranges = [action.inputs["scalableTargetAction"] for action in plan.of_type(SCHEDULED)]
    assert ranges == [{"minCapacity": 0, "maxCapacity": 0}, {"minCapacity": 1, "maxCapacity": 3}]


def test_a_worker_that_a_schedule_lets_reach_zero_is_woken_by_its_queue():
    queue = {"name": "jobs", "acceptableLatencySeconds": 60, "averageJobSeconds": 4}
    schedules = [{"at": "cron(0 20 * * ? *)", "min": 0, "max": 2}]
    scaling = {"min": 1, "max": 4, "queue": queue}
    alarm = "aws:cloudwatch/metricAlarm:MetricAlarm"
    for given, wakes in (({}, 0), ({"schedules": schedules}, 1)):
        plan = plan_of(config(services__worker__scaling={**scaling, **given}))
        assert sum(a.name == "worker-scaling-wake" for a in plan.of_type(alarm)) == wakes


def test_sticky_sessions_are_off_in_words_unless_asked_for():
    """Left out, the provider would leave them as they were."""
    for route, enabled in (({}, False), ({"stickiness": True}, True)):
        plan = plan_of(config(services__backend__route={"paths": ["/api/*"], **route}))
        stickiness = only(plan, GROUP, "backend-blue").inputs["stickiness"]
        assert (stickiness["enabled"], stickiness["type"]) == (enabled, "lb_cookie")


def test_health_checks_take_the_codes_and_the_balancer_the_timeout_of_the_stack_file():
    plan = plan_of(
        config(
            services__backend__health={"successCodes": "200-399"},
            edge={"idleTimeoutSeconds": 3600, "cdn": {"enabled": True}},
        )
    )
    assert only(plan, GROUP, "backend-blue").inputs["healthCheck"]["matcher"] == "200-399"
    assert only(plan, "aws:lb/loadBalancer:LoadBalancer").inputs["idleTimeout"] == 3600
    (origin,) = only(plan, "aws:cloudfront/distribution:Distribution").inputs["origins"]
    assert origin["vpcOriginConfig"]["originKeepaliveTimeout"] == 60
    assert origin["vpcOriginConfig"]["originReadTimeout"] == 120


def test_a_host_that_redirects_has_a_record_a_certificate_and_a_rule_before_the_paths():
    plan = plan_of(config(edge={"redirects": {"www.staging.example.com": "staging.example.com"}}))
    rule = only(plan, "aws:lb/listenerRule:ListenerRule", "edge-redirect-www.staging.example.com")
    (action,) = rule.inputs["actions"]
    assert (action["redirect"]["host"], action["redirect"]["path"]) == (
        "staging.example.com",
        "/#{path}",
    )
    backend = only(plan, "aws:lb/listenerRule:ListenerRule", "backend")
    assert rule.inputs["priority"] < backend.inputs["priority"]
    certificate = only(plan, "aws:acm/certificate:Certificate", "edge").inputs
    assert "www.staging.example.com" in certificate["subjectAlternativeNames"]
    records = {r.inputs["name"] for r in plan.of_type("aws:route53/record:Record")}
    assert "www.staging.example.com" in records
    assert "https://www.staging.example.com" not in plan.outputs["urls"]
    assert [str(v) for v in check.violations(plan.resources, "staging")] == []


def test_a_secret_named_by_its_arn_gives_one_key_of_its_json():
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ops/payments-AbCdEf"
    made = config(secrets__API_KEY=f"{arn}#token", services__backend__secrets=["API_KEY"])
    plan = plan_of(made)
    secrets = {s["name"]: s["valueFrom"] for s in container(plan, "backend")["secrets"]}
    assert secrets["API_KEY"] == f"{arn}:token::"
    read = {a: s for s in statements(plan, "backend-execution") for a in s["Action"]}
    assert arn in read["secretsmanager:GetSecretValue"]["Resource"]
