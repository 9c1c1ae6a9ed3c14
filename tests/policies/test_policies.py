"""Every rule reports what breaks it and nothing else, and fails on no inputs."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.check import RULES, violations
from policies.edge import DISTRIBUTION, LISTENER, LOAD_BALANCER
from policies.rule import Context, Resource
from settings.project import ROOT
from simulation import engine
from tests.support.plans import plan_of_stack
from tests.support.stacks import make_project

LOGGED, REDIRECT = {"accessLogs": {"enabled": True}}, {"type": "redirect"}
DIGEST = "ghcr.io/a/b@sha256:" + "0" * 64


def task(**container: Any) -> dict[str, Any]:
    good = {"name": "api", "image": DIGEST, "user": "1000", "readonlyRootFilesystem": True}
    return {"containerDefinitions": json.dumps([{**good, **container}])}


def variable(name: str, value: str) -> dict[str, Any]:
    return task(environment=[{"name": name, "value": value}])


def parameter(family: str, name: str, value: str) -> dict[str, Any]:
    return {"family": family, "parameters": [{"name": name, "value": value}]}


def policy(action: str, resource: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": [action], "Resource": [resource]}
    return {"policy": json.dumps({"Statement": [statement]})}


def volume(tls: str = "ENABLED", iam: str = "ENABLED") -> dict[str, Any]:
    efs = {"transitEncryption": tls, "authorizationConfig": {"iam": iam}}
    return {"volumes": [{"name": "scratch"}, {"name": "files", "efsVolumeConfiguration": efs}]}


# Rule, inputs that break it, inputs that keep it.
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("data-store-private", {"publiclyAccessible": True}, {"publiclyAccessible": False}),
    ("file-system-encrypted", {}, {"encrypted": True}),
    (
        "file-system-backups",
        {"backupPolicy": {"status": "DISABLED"}},
        {"backupPolicy": {"status": "ENABLED"}},
    ),
    ("task-volume-tls", volume(tls="DISABLED"), volume()),
    ("task-volume-tls", volume(iam="DISABLED"), volume()),
    ("rds-encrypted", {}, {"storageEncrypted": True}),
    ("rds-multi-az", {"multiAz": False}, {"replicateSourceDb": "db", "multiAz": False}),
    ("rds-deletion-protection", {"deletionProtection": False}, {"deletionProtection": True}),
    ("rds-deletion-protection", {}, {"replicateSourceDb": "db"}),
    ("rds-final-snapshot", {"skipFinalSnapshot": True}, {"skipFinalSnapshot": False}),
    ("rds-backups", {"backupRetentionPeriod": 3}, {"backupRetentionPeriod": 7}),
    (
        "rds-tls",
        parameter("postgres17", "rds.force_ssl", "0"),
        parameter("postgres17", "rds.force_ssl", "1"),
    ),
    (
        "cache-encrypted",
        {"transitEncryptionEnabled": True},
        {"transitEncryptionEnabled": True, "atRestEncryptionEnabled": True},
    ),
    ("cache-failover", {}, {"automaticFailoverEnabled": True}),
    (
        "cache-noeviction",
        parameter("valkey8", "maxmemory-policy", "allkeys-lru"),
        parameter("valkey8", "maxmemory-policy", "noeviction"),
    ),
    (
        "broker-cluster",
        {"deploymentMode": "SINGLE_INSTANCE"},
        {"deploymentMode": "CLUSTER_MULTI_AZ"},
    ),
    ("queue-encrypted", {"name": "q"}, {"name": "q", "kmsMasterKeyId": "${encryption.arn}"}),
    ("queue-redrive", {"name": "events"}, {"name": "events-dlq"}),
    (
        "bucket-private",
        dict.fromkeys(["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls"], True),
        dict.fromkeys(
            ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"],
            True,
        ),
    ),
    ("task-no-plain-secret", variable("STRIPE_API_KEY", "x"), variable("KEYBOARD", "x")),
    (
        "task-no-plain-secret",
        variable("URL", "amqp://u:p@host"),
        variable("URL", "https://host/a:b@c"),
    ),
    ("image-by-digest", task(image="ghcr.io/a/b:latest"), task(image="${api.repoDigest}")),
    ("task-not-root", task(user="0:0"), task(user="1000:0")),
    ("task-read-only-root", task(readonlyRootFilesystem=False), task()),
    ("task-not-privileged", task(privileged=True), task()),
    ("log-retention", {}, {"retentionInDays": 30}),
    ("iam-exact-arns", policy("sqs:SendMessage", "*"), policy("ssmmessages:OpenDataChannel", "*")),
    ("iam-exact-arns", policy("s3:*", "arn:x"), policy("s3:GetObject", "arn:x")),
    ("exec-off", {"enableExecuteCommand": True}, {"enableExecuteCommand": False}),
    ("two-tasks", {"minCapacity": 1}, {"minCapacity": 2}),
    (
        "ingress-narrow",
        {"cidrIpv4": "0.0.0.0/0", "fromPort": 5432, "toPort": 5432},
        {"cidrIpv4": "0.0.0.0/0", "fromPort": 443, "toPort": 443},
    ),
    (
        "security-group-narrow",
        {"ingress": [{"cidrBlocks": ["0.0.0.0/0"], "fromPort": 0, "toPort": 65535}]},
        {"ingress": [{"cidrBlocks": ["10.0.0.0/8"], "fromPort": 0, "toPort": 65535}]},
    ),
    ("balancer-deletion-protection", {}, {"enableDeletionProtection": True}),
    ("balancer-access-logs", {"accessLogs": {"enabled": False}}, {"accessLogs": {"enabled": True}}),
    (
        "listener-tls",
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-2016-08"},
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
    ),
    ("key-rotation", {}, {"enableKeyRotation": True}),
    ("topic-encrypted", {}, {"kmsMasterKeyId": "${encryption.arn}"}),
    ("aws-limits", {"validationMethod": "FAX"}, {"validationMethod": "DNS"}),
]
BY_NAME = {rule.name: rule for rule in RULES}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("a${}*:/", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aA", max_size=3), inner),
    max_leaves=6,
)
KEYS = sorted({key for _, *both in CASES for inputs in both for key in inputs})


@pytest.mark.parametrize(
    ("rule", "broken", "kept"), CASES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_rule_reports_what_breaks_it_and_nothing_else(
    rule: str, broken: dict[str, Any], kept: dict[str, Any]
):
    check, context = BY_NAME[rule].check, Context("prod", BY_NAME[rule].types[0])
    assert len(list(check(broken, context))) == 1
    assert list(check(kept, context)) == []


def test_every_rule_has_a_case():
    assert {name for name, _, _ in CASES} == set(BY_NAME)


@given(inputs=st.dictionaries(st.sampled_from(KEYS), JSON))
def test_no_rule_fails_on_any_inputs(inputs: dict[str, Any]):
    for rule in RULES:
        for type_ in rule.types:
            for message in rule.check(inputs, Context("prod", type_)):
                assert message


def test_some_rules_hold_only_in_production():
    instance = Resource(
        "aws:rds/instance:Instance", "db", {"storageEncrypted": True, "backupRetentionPeriod": 7}
    )
    assert violations([instance], "staging") == ()
    assert {v.rule for v in violations([instance], "prod")} == {
        "rds-multi-az",
        "rds-deletion-protection",
    }


def test_one_gateway_and_no_waf_in_production_are_warnings():
    resources = [
        Resource("aws:ec2/natGateway:NatGateway", "nat", {}),
        Resource(
            "aws:lb/loadBalancer:LoadBalancer",
            "edge",
            {"enableDeletionProtection": True, "accessLogs": {"enabled": True}},
        ),
    ]
    found = violations(resources, "prod")
    assert {(v.rule, v.enforcement) for v in found} == {
        ("gateway-in-each-zone", "advisory"),
        ("waf-on", "advisory"),
    }
    assert violations(resources, "staging") == ()


def test_only_an_internal_load_balancer_answers_without_tls():
    internal = Resource(LOAD_BALANCER, "edge", {**LOGGED, "internal": True})
    public = Resource(LOAD_BALANCER, "edge", {**LOGGED, "internal": False})
    forward = {"protocol": "HTTP", "defaultActions": [{"type": "forward"}]}
    plain = Resource(LISTENER, "edge-http", forward)
    redirect = Resource(LISTENER, "edge-redirect", {**forward, "defaultActions": [REDIRECT]})
    assert violations([internal, plain], "staging") == ()
    assert violations([public, redirect], "staging") == ()
    for stack in ([public, plain], [internal, public, plain], [plain]):
        (found,) = violations(stack, "staging")
        assert (found.rule, found.enforcement) == ("plain-http-inside", "mandatory")
        assert found.message.startswith("edge-http answers without TLS")


def test_production_without_a_domain_is_a_warning():
    own_name = Resource(DISTRIBUTION, "edge-cdn", {})
    (found,) = violations([own_name], "prod")
    assert (found.rule, found.enforcement) == ("domain-in-production", "advisory")
    assert violations([own_name], "web") == ()


def test_two_resources_of_one_name_are_refused_where_their_scope_is_one():
    rule = "aws:lb/listenerRule:ListenerRule"
    at_one = {"listenerArn": "${edge.arn}", "priority": 7}
    two = [Resource(rule, "backend", at_one), Resource(rule, "site", at_one)]
    (found,) = violations(two, "staging")
    assert (found.rule, found.enforcement) == ("unique-names", "mandatory")
    assert found.message == (
        "backend and site would both be ListenerRule with listenerArn ${edge.arn}, priority 7"
    )
    for other in ({**at_one, "listenerArn": "${test.arn}"}, {**at_one, "priority": 8}):
        assert violations([two[0], Resource(rule, "site", other)], "staging") == ()
    unknown = {**at_one, "listenerArn": "${unknown}"}
    pair = [Resource(rule, "a", unknown), Resource(rule, "b", unknown)]
    assert violations(pair, "staging") == ()


def test_counts_over_a_default_quota_are_warnings():
    rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    rules = [Resource(rule, f"rule-{n}", {"securityGroupId": "sg-1"}) for n in range(61)]
    (found,) = violations(rules, "staging")
    assert (found.rule, found.enforcement) == ("aws-quotas", "advisory")
    assert found.message.startswith("61 inbound rules of one security group (sg-1), 60 by default")
    assert violations(rules[:60], "staging") == ()
    prefix_list = Resource(rule, "cdn", {"securityGroupId": "sg-1", "prefixListId": "pl-1"})
    assert violations([prefix_list, *rules[:5]], "staging") == ()
    (found,) = violations([prefix_list, *rules[:6]], "staging")
    assert found.message.startswith("61 inbound rules of one security group (sg-1)")


def test_rules_of_all_listeners_count_against_their_load_balancer():
    rule = "aws:lb/listenerRule:ListenerRule"
    rules = [
        Resource(rule, f"rule-{n}", {"listenerArn": f"${{{name}.arn}}", "priority": n + 1})
        for n, name in zip(range(101), itertools.cycle(("edge", "test")))
    ]
    (found,) = violations(rules, "staging")
    assert found.message.startswith(
        "101 rules of the load balancer, over all its listeners, 100 by default"
    )
    assert violations(rules[:100], "staging") == ()


def test_inline_policies_count_together_against_their_role():
    half = policy("s3:GetObject", "arn:aws:s3:::" + "a" * 5100)["policy"]
    token = "aws:iam/rolePolicy:RolePolicy"
    two = [Resource(token, name, {"role": "backend", "policy": half}) for name in ("a", "b")]
    (found,) = violations(two, "staging")
    assert (found.rule, found.enforcement) == ("inline-policies", "mandatory")
    assert "backend has 2 inline policies of" in found.message
    other = Resource(token, "b", {"role": "worker", "policy": half})
    assert violations([two[0], other], "staging") == ()


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_tests_stacks_break_no_rule(stack: str):
    assert violations(plan_of_stack(stack).resources, stack) == ()


def test_the_pack_runs_in_the_real_engine_and_stops_what_is_mandatory(
    pulumi_cli: Path, tmp_path: Path
):
    project = tmp_path / "project"
    project.mkdir()
    make_project(project, "prod")
    file = project / "Pulumi.prod.yaml"
    text = file.read_text()
    file.write_text(
        text.replace("multiAz: true", "multiAz: false").replace("nat: per-az", "nat: single")
    )
    with pytest.raises(engine.EngineError, match="has no standby in production"):
        engine.preview("prod", project, pulumi_cli, policy_pack=ROOT / "policies")
    file.write_text(text.replace("nat: per-az", "nat: single"))
    plan = engine.preview("prod", project, pulumi_cli, policy_pack=ROOT / "policies")
    assert any("one NAT gateway serves all zones" in warning for warning in plan.warnings)


def test_a_root_file_system_may_be_writable_outside_production_for_ecs_exec():
    rule = BY_NAME["task-read-only-root"]
    assert list(rule.check(task(readonlyRootFilesystem=False), Context("staging"))) == []
