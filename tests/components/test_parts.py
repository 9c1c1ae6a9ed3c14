"""Parts that a stack file leaves out: nothing of them is made, and the rest works without them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.check import violations
from rendering.prometheus import RULES
from settings.project import ROOT
from simulation.plan import Plan
from tests.support.configs import ABSENT, changed
from tests.support.plans import container, containers, only, plan_of

BALANCER, LISTENER = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/listener:Listener"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
RULES_DIR = ROOT / "monitoring/prometheus/rules"
NO_DOMAIN = {"domain": ABSENT, "zone": ABSENT}
ALERTING = {
    "receivers": {"team": {"sns": True}},
    "default": "team",
    "runbooksUrl": "https://example.com/",
    "grafanaUrl": "https://example.com",
}
MONITORED = {
    "monitoring": {"mode": "self-hosted", "replicas": 2, "alerting": ALERTING},
    "secrets.GRAFANA_ADMIN_PASSWORD": "ssm:/grafana",
}
NO_STORES = {
    "database": ABSENT,
    "migrations": ABSENT,
    "cache": ABSENT,
    "broker": ABSENT,
    "services.backend.database": False,
    "services.worker": {"image": "worker"},
}


@pytest.fixture(scope="module")
def own_name() -> Plan:
    """A stack without a domain, with a service that is deployed blue/green."""
    rollout = {"strategy": "blue-green"}
    return plan_of(changed({**NO_DOMAIN, "services.backend.rollout": rollout}))


# Without a domain


def test_without_a_domain_clients_connect_by_https_to_cloudfronts_own_name(own_name: Plan):
    inputs = only(own_name, DISTRIBUTION).inputs
    assert inputs["viewerCertificate"] == {"cloudfrontDefaultCertificate": True}
    assert "aliases" not in inputs
    behaviors = [inputs["defaultCacheBehavior"], *inputs["orderedCacheBehaviors"]]
    policies = {behavior["viewerProtocolPolicy"] for behavior in behaviors}
    assert policies <= {"redirect-to-https", "https-only"}
    assert own_name.outputs["urls"] == ["https://${edge-cdn.domainName}"]


def test_without_a_domain_only_cloudfront_reaches_the_internal_load_balancer(own_name: Plan):
    assert only(own_name, BALANCER).inputs["internal"] is True
    origin = only(own_name, "aws:cloudfront/vpcOrigin:VpcOrigin").inputs["vpcOriginEndpointConfig"]
    listener = only(own_name, LISTENER, "edge-http").inputs
    assert (origin["originProtocolPolicy"], origin["httpPort"]) == ("http-only", listener["port"])
    assert listener["protocol"] == "HTTP"
    assert "certificateArn" not in listener
    opened = {rule.name: rule.inputs for rule in own_name.of_type(INGRESS)}
    assert opened["edge-from-cloudfront"]["fromPort"] == 80
    assert "cidrIpv4" not in opened["edge-from-cloudfront"]
    assert opened["edge-http-test"]["fromPort"] == 8080
    assert opened["edge-http-test"]["cidrIpv4"] == "10.0.0.0/16"


def test_without_a_domain_there_is_no_certificate_and_no_record(own_name: Plan):
    types = {resource.type.partition("/")[0] for resource in own_name.resources}
    assert not types & {"aws:acm", "aws:route53"}
    assert violations(own_name.resources, "staging") == ()


def test_a_service_without_a_domain_knows_of_both_proxies(own_name: Plan):
    (proxies,) = [
        variable["value"]
        for variable in container(own_name, "backend")["environment"]
        if variable["name"] == "TRUSTED_PROXIES"
    ]
    assert proxies == "2"


def test_a_rollout_that_shifts_traffic_tests_its_tasks_without_tls(own_name: Plan):
    assert only(own_name, LISTENER, "edge-http-test").inputs["protocol"] == "HTTP"


# Without a store


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        (
            {"database": ABSENT, "migrations": ABSENT, "services.backend.database": False},
            ("aws:rds/", "plataforma:database:"),
        ),
        (
            {"cache": ABSENT, "services.worker": {"image": "worker", "consumes": ["events"]}},
            ("aws:elasticache/", "plataforma:cache:"),
        ),
        (
            {"broker": ABSENT, "services.worker.consumes": ABSENT},
            ("aws:sqs/", "aws:mq/", "plataforma:broker:"),
        ),
        (
            {"services.backend": {"image": "backend"}, "migrations": ABSENT},
            ("aws:lb/", "aws:acm/", "aws:route53/", "aws:wafv2/", "plataforma:edge:"),
        ),
    ],
    ids=["database", "cache", "broker", "edge"],
)
def test_a_part_that_is_left_out_is_not_made(changes: dict[str, Any], absent: tuple[str, ...]):
    whole, without = plan_of(changed({})), plan_of(changed(changes))
    types = {resource.type for resource in whole.resources}
    assert {prefix for prefix in absent if any(t.startswith(prefix) for t in types)}
    assert [r.name for r in without.resources if r.type.startswith(absent)] == []


def test_without_migrations_there_is_no_task_for_them():
    plan = plan_of(changed({"migrations": ABSENT}))
    assert "migrations" not in plan.outputs
    assert [r.name for r in plan.resources if r.name == "migrations"] == []


def test_a_stack_without_a_route_has_no_address():
    plan = plan_of(changed({"services.backend": {"image": "backend"}, "migrations": ABSENT}))
    assert plan.outputs["urls"] == []


# Monitoring


@pytest.fixture(scope="module")
def bare() -> Plan:
    """Self-hosted monitoring of a stack without stores, of which nothing but Grafana is routed."""
    return plan_of(changed({**NO_STORES, **MONITORED, "services.backend": {"image": "backend"}}))


def test_prometheus_asks_no_exporter_of_what_is_not_there(bare: Plan):
    assert set(containers(bare, "prometheus")) == {"prometheus"}
    jobs = {job["job_name"] for job in prometheus(bare)["scrape_configs"]}
    assert not jobs & {"postgres", "redis", "probe"}


def test_no_rule_alerts_on_what_is_not_there(bare: Plan):
    names = [Path(file).stem for file in prometheus(bare)["rule_files"]]
    # The rules of capacity tell of the stores that there are.
    assert names == ["applications", "capacity", "platform"]
    assert set(RULES) == {file.stem for file in RULES_DIR.glob("*.yml")}
    for file in RULES_DIR.glob("*.yml"):
        fires_without_series = re.search(r"absent\(|or vector\(0\)\) == 0", file.read_text())
        assert RULES[file.stem] or not fires_without_series, file.name


def test_grafana_without_a_database_is_one_task(bare: Plan):
    assert only(bare, "aws:ecs/service:Service", "grafana").inputs["desiredCount"] == 1
    names = {variable["name"] for variable in container(bare, "grafana")["environment"]}
    assert "DATABASE_HOST" not in names


def test_prometheus_probes_cloudfronts_own_name():
    managed = {"mode": "managed", "alerting": ALERTING}
    site = {"image": "frontend", "port": 8080, "route": {"paths": ["/*"]}}
    plan = plan_of(changed({**NO_DOMAIN, "monitoring": managed, "services.frontend": site}))
    (probe,) = [j for j in prometheus(plan)["scrape_configs"] if j["job_name"] == "probe"]
    assert {c["labels"]["target"]: c["targets"] for c in probe["static_configs"]} == {
        "frontend": ["https://${edge-cdn.domainName}/"],
        "api": ["https://${edge-cdn.domainName}/api/v1/openapi.json"],
    }


def prometheus(plan: Plan) -> dict[str, Any]:
    """Its configuration."""
    environment = container(plan, "prometheus")["environment"]
    (text,) = [v["value"] for v in environment if v["name"] == "PROMETHEUS_CONFIG"]
    return yaml.safe_load(text)
