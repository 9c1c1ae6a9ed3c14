"""What the platform makes of a config: the plan of the in-process engine, with plain asserts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from delivery.stack_files.environment_plan import VPC
from policies.tasks import UNSCOPED
from simulation.plan import Plan
from tests.support.configs import ABSENT, changed
from tests.support.plans import container, only, plan_of, plan_of_stack, statements

RULE_IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
RULE_OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ECS_SERVICE = "aws:ecs/service:Service"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
POLICY = "aws:appautoscaling/policy:Policy"


@pytest.fixture(scope="module")
def small() -> Plan:
    return plan_of(changed({}))


@pytest.fixture(scope="module")
def prod() -> Plan:
    return plan_of_stack("prod")


def names(plan: Plan, token: str) -> set[str]:
    return {resource.name for resource in plan.of_type(token)}


# Services


def test_a_service_is_added_by_config_alone():
    plan = plan_of(
        changed(
            {
                "services.mailer": {"image": "worker", "consumes": ["events"]},
                "services.admin": {
                    "image": "frontend",
                    "port": 8080,
                    "route": {"hosts": ["admin.example.com"]},
                },
            }
        )
    )
    assert {"mailer", "admin"} <= names(plan, ECS_SERVICE)
    hosts = only(plan, "aws:lb/listenerRule:ListenerRule", "admin").inputs["conditions"]
    assert hosts == [{"hostHeader": {"values": ["admin.example.com"]}}]
    assert only(plan, "aws:acm/certificate:Certificate").inputs["subjectAlternativeNames"] == [
        "admin.example.com"
    ]


def test_services_that_share_an_image_run_one_build():
    plan = plan_of(changed({"services.mailer": {"image": "worker"}}))
    assert names(plan, "docker:index/image:Image") == {"backend", "worker"}
    assert container(plan, "mailer")["image"] == container(plan, "worker")["image"]


def test_another_service_of_an_image_builds_nothing(small: Plan):
    """The engine hands services over by name: the new one would be the first to ask."""
    backend = changed({})["services"]["backend"] | {"route": {"paths": ["/v2/*"]}}
    services = {"a-second": backend, **changed({})["services"]}
    builds = {r.urn for r in small.of_type("docker:index/image:Image")}
    wider = plan_of(changed({"services": services}))
    assert {r.urn for r in wider.of_type("docker:index/image:Image")} == builds


def test_a_build_is_by_buildkit_without_metadata_that_changes_digests_and_never_in_a_preview(
    small: Plan,
):
    inputs = only(small, "docker:index/image:Image", "backend").inputs
    assert inputs["buildOnPreview"] is False
    assert inputs["build"]["builderVersion"] == "BuilderBuildKit"
    assert set(inputs["build"]) == {"builderVersion", "context", "dockerfile", "platform"}


def test_promoted_images_are_deployed_by_the_digest_of_the_other_stack(prod: Plan):
    assert not list(prod.of_type("docker:index/image:Image"))
    assert "@sha256:" in container(prod, "backend")["image"]


def test_a_worker_reads_only_its_queue_and_may_protect_its_tasks(small: Plan):
    allowed = statements(small, "worker-task")
    assert [s["Resource"] for s in allowed if "sqs:ReceiveMessage" in s["Action"]] == [
        ["${broker-events.arn}"]
    ]
    assert any("ecs:UpdateTaskProtection" in s["Action"] for s in allowed)
    assert statements(small, "backend-task") == []


def test_an_execution_role_reads_exactly_the_secrets_of_its_service():
    plan = plan_of(changed({"services.backend.secrets": ["API_KEY"]}))
    read = [s for s in statements(plan, "backend-execution") if "ssm:GetParameters" in s["Action"]]
    assert [s["Resource"] for s in read] == [
        ["arn:aws:ssm:eu-west-1:123456789012:parameter/ops/api-key"]
    ]
    read = [s for s in statements(plan, "worker-execution") if "ssm:GetParameters" in s["Action"]]
    assert [s["Resource"] for s in read] == [["${secrets-REDIS_PASSWORD.arn}"]]


def test_a_role_allows_everything_only_where_aws_knows_no_resource(prod: Plan):
    for policy in prod.of_type("aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            if "*" in statement["Resource"]:
                assert all(map(UNSCOPED.fullmatch, statement["Action"])), policy.name


def test_every_role_is_bounded(prod: Plan):
    bound = "arn:aws:iam::123456789012:policy/plataforma-boundary-prod"
    roles = prod.of_type("aws:iam/role:Role")
    assert roles
    assert [role.name for role in roles if role.inputs.get("permissionsBoundary") != bound] == []


def test_secrets_reach_containers_only_by_reference(prod: Plan):
    for service in ("backend", "worker", "migrations"):
        environment = container(prod, service)
        secret = {entry["name"] for entry in environment["secrets"]}
        assert {"DATABASE_PASSWORD", "REDIS_PASSWORD", "BROKER_PASSWORD"} <= secret
        assert not secret & {entry["name"] for entry in environment["environment"]}
    assert "simulated-" not in json.dumps([dict(r.inputs) for r in prod.resources])


def test_a_json_key_of_a_secret_is_named_in_the_reference():
    plan = plan_of(
        changed(
            {
                "secrets.STRIPE": "secretsmanager:shop/stripe#apiKey",
                "services.backend.secrets": ["STRIPE"],
            }
        )
    )
    entries = {e["name"]: e["valueFrom"] for e in container(plan, "backend")["secrets"]}
    assert entries["STRIPE"].endswith(":apiKey::")


# Who reaches whom


def test_security_groups_open_one_port_from_one_group_to_one_group(prod: Plan):
    rules = [r for token in (RULE_IN, RULE_OUT) for r in prod.of_type(token)]
    for rule in rules:
        ports = (rule.inputs["fromPort"], rule.inputs["toPort"])
        # HTTP and HTTPS of the load balancer in one: a group has room for the prefix list once.
        assert ports == (80, 443) if rule.inputs.get("prefixListId") else ports[0] == ports[1]
        wide = rule.inputs.get("cidrIpv4") == "0.0.0.0/0"
        assert not wide or (rule.type == RULE_OUT and rule.inputs["fromPort"] == 443)


def test_the_database_is_reached_only_by_services_that_ask_for_it():
    plan = plan_of(changed({}))
    sources = {
        (r.inputs["referencedSecurityGroupId"], r.inputs["fromPort"])
        for r in plan.of_type(RULE_IN)
        if r.inputs["securityGroupId"] == "${database.id}"
    }
    assert sources == {("${backend.id}", 5432)}


def test_behind_a_proxy_clients_reach_proxy_and_replicas_but_never_the_primary(prod: Plan):
    sources = {
        r.inputs["referencedSecurityGroupId"]
        for r in prod.of_type(RULE_IN)
        if r.inputs["securityGroupId"] == "${database.id}"
    }
    assert sources == {"${database-proxy.id}"}
    reached = {n for n in names(prod, RULE_OUT) if n.startswith("backend-to-database")}
    assert reached == {"backend-to-database-proxy", "backend-to-database-replica"}


def test_behind_cloudfront_the_load_balancer_is_internal_and_open_to_cloudfront_alone(prod: Plan):
    assert only(prod, "aws:lb/loadBalancer:LoadBalancer").inputs["internal"] is True
    sources = [
        rule.inputs.get("prefixListId") or rule.inputs.get("cidrIpv4")
        for rule in prod.of_type(RULE_IN)
        if rule.inputs["securityGroupId"] == "${edge.id}"
        if rule.inputs["fromPort"] in (80, 443)
    ]
    assert len(sources) == 1
    assert str(sources[0]).startswith("pl-")


# Data stores


@pytest.mark.parametrize("kind", ["sqs", "rabbitmq"])
def test_applications_see_the_same_broker_variables(kind: str):
    plan = plan_of(
        changed({"broker.kind": kind, "secrets.BROKER_PASSWORD": "simulated-broker-password"})
    )
    environment = {e["name"]: e["value"] for e in container(plan, "worker")["environment"]}
    assert {name for name in environment if name.startswith("BROKER_")} == {
        "BROKER_ENDPOINT",
        "BROKER_KIND",
        "BROKER_QUEUE_PREFIX",
        "BROKER_USERNAME",
    }
    assert environment["BROKER_KIND"] == kind
    assert bool(list(plan.of_type("aws:mq/broker:Broker"))) == (kind == "rabbitmq")
    assert bool(list(plan.of_type("aws:sqs/queue:Queue"))) == (kind == "sqs")


def test_production_keeps_its_data(prod: Plan):
    instance = only(prod, "aws:rds/instance:Instance", "database").inputs
    assert instance["multiAz"] is True
    assert instance["deletionProtection"] is True
    assert instance["skipFinalSnapshot"] is False
    assert instance["storageEncrypted"] is True
    assert instance["publiclyAccessible"] is False
    cache = only(prod, "aws:elasticache/replicationGroup:ReplicationGroup").inputs
    assert cache["automaticFailoverEnabled"] is True
    assert cache["transitEncryptionEnabled"] is True


# Rollouts and scaling


def rollout_plan(**rollout: Any) -> Plan:
    return plan_of(changed({"services.backend.rollout": rollout}))


def test_rolling_has_one_target_group_and_no_test_listener(small: Plan):
    assert names(small, "aws:lb/targetGroup:TargetGroup") == {"backend-blue"}
    assert names(small, "aws:lb/listener:Listener") == {"edge", "edge-redirect"}


def test_codedeploy_gets_two_target_groups_both_listeners_and_alarms():
    plan = rollout_plan(strategy="codedeploy", shift="linear", percent=20, stepMinutes=3)
    group = only(plan, "aws:codedeploy/deploymentGroup:DeploymentGroup").inputs
    pair = group["loadBalancerInfo"]["targetGroupPairInfo"]
    assert len(pair["targetGroups"]) == 2
    assert pair["prodTrafficRoute"] == {"listenerArns": ["${edge.arn}"]}
    assert pair["testTrafficRoute"] == {"listenerArns": ["${edge-test.arn}"]}
    assert len(group["alarmConfiguration"]["alarms"]) == 6
    routing = only(plan, "aws:codedeploy/deploymentConfig:DeploymentConfig").inputs
    assert routing["trafficRoutingConfig"] == {
        "type": "TimeBasedLinear",
        "timeBasedLinear": {"interval": 3, "percentage": 20},
    }
    spec = json.loads(plan.outputs["services"]["backend"]["appSpec"])
    target = spec["Resources"][0]["TargetService"]["Properties"]
    assert target["LoadBalancerInfo"] == {"ContainerName": "backend", "ContainerPort": 3000}
    assert target["CapacityProviderStrategy"] == [
        {"Base": 1, "CapacityProvider": "FARGATE", "Weight": 100}
    ]
    network = target["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["SecurityGroups"] == ["${backend.id}"]
    assert network["AssignPublicIp"] == "DISABLED"
    assert network["Subnets"]


@pytest.mark.parametrize(
    ("shift", "strategy"),
    [("all-at-once", "BLUE_GREEN"), ("canary", "CANARY"), ("linear", "LINEAR")],
)
def test_ecs_shifts_between_two_groups_by_its_own_strategies(shift: str, strategy: str):
    plan = rollout_plan(strategy="blue-green", shift=shift)
    service = only(plan, ECS_SERVICE, "backend").inputs
    assert service["deploymentConfiguration"]["strategy"] == strategy
    advanced = service["loadBalancers"][0]["advancedConfiguration"]
    assert advanced["alternateTargetGroupArn"] == "${backend-green.arn}"
    assert advanced["testListenerRule"] == "${backend-test.arn}"


def test_a_queue_scales_by_backlog_per_task_wakes_from_zero_and_tells_of_a_missing_metric(
    small: Plan,
):
    tracking = only(small, POLICY, "worker-scaling-backlog").inputs[
        "targetTrackingScalingPolicyConfiguration"
    ]
    assert tracking["targetValue"] == 15
    depth = tracking["customizedMetricSpecification"]["metrics"][0]["metricStat"]["metric"]
    assert (depth["namespace"], depth["metricName"]) == ("Plataforma/Queues", "QueueDepth")
    assert tracking["scaleInCooldown"] > tracking["scaleOutCooldown"]
    assert only(small, ALARM, "worker-scaling-wake").inputs["alarmActions"] == [
        "${worker-scaling-wake.arn}"
    ]
    missing = only(small, ALARM, "worker-scaling-metric-missing").inputs
    assert missing["treatMissingData"] == "breaching"


def test_requests_are_counted_over_every_target_group_that_may_serve():
    policy = "aws:appautoscaling/policy:Policy"
    for strategy, counted in (
        ("rolling", []),
        ("blue-green", ["${backend-blue.arnSuffix}", "${backend-green.arnSuffix}"]),
    ):
        plan = plan_of(
            changed(
                {
                    "services.backend.scaling.requestsPerTarget": 900,
                    "services.backend.rollout": {"strategy": strategy},
                }
            )
        )
        result = only(plan, policy, "backend-scaling-requests").inputs
        config = result["targetTrackingScalingPolicyConfiguration"]
        metrics = (config.get("customizedMetricSpecification") or {}).get("metrics", [])
        dimensions = [
            d
            for m in metrics
            for d in m.get("metricStat", {}).get("metric", {}).get("dimensions", [])
        ]
        assert [d["value"] for d in dimensions if d["name"] == "TargetGroup"] == counted
        assert bool(config.get("predefinedMetricSpecification")) == (not counted)


def test_a_broker_queue_is_measured_where_its_broker_reports():
    plan = plan_of(changed({"services.worker.scaling.queue.name": "events"}))
    config = only(plan, POLICY, "worker-scaling-backlog").inputs[
        "targetTrackingScalingPolicyConfiguration"
    ]
    depth = config["customizedMetricSpecification"]["metrics"][0]["metricStat"]["metric"]
    assert depth["namespace"] == "AWS/SQS"
    assert depth["dimensions"] == [{"name": "QueueName", "value": "plataforma-staging-events"}]


def test_a_service_that_never_sleeps_has_no_wake_policy():
    plan = plan_of(changed({"services.worker.scaling.min": 1}))
    assert "worker-scaling-wake" not in names(plan, POLICY)


def test_without_a_gateway_tasks_get_public_addresses():
    plan = plan_of(changed({"network": {"nat": "none"}}))
    assert not list(plan.of_type("aws:ec2/natGateway:NatGateway"))
    network = only(plan, ECS_SERVICE, "backend").inputs["networkConfiguration"]
    assert network["assignPublicIp"] is True
    assert all("public" in subnet for subnet in network["subnets"])


def test_in_an_existing_vpc_nothing_of_the_network_is_made():
    plan = plan_of(changed({"network": {"cidr": "10.20.0.0/16", "existing": VPC}}))
    types = {resource.type for resource in plan.resources}
    assert not {"awsx:ec2:Vpc", "aws:ec2/vpc:Vpc", "aws:ec2/flowLog:FlowLog"} & types
    assert "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup" not in types
    groups = list(plan.of_type("aws:ec2/securityGroup:SecurityGroup"))
    assert groups
    assert all(group.inputs["vpcId"] == VPC["vpcId"] for group in groups)
    service = only(plan, ECS_SERVICE, "backend").inputs["networkConfiguration"]
    assert service["subnets"] == VPC["privateSubnetIds"]
    database = only(plan, "aws:rds/subnetGroup:SubnetGroup", "database")
    assert database.inputs["subnetIds"] == VPC["isolatedSubnetIds"]
    balancer = only(plan, "aws:lb/loadBalancer:LoadBalancer", "edge")
    assert balancer.inputs["subnets"] == VPC["publicSubnetIds"]


# Errors and outputs


def test_a_broken_config_registers_nothing():
    from settings.problems import SettingsError

    with pytest.raises(SettingsError, match="plataforma:zone: is missing"):
        plan_of(changed({"zone": ABSENT}))


def test_outputs_name_what_a_pipeline_needs_and_hold_no_secret(prod: Plan):
    assert set(prod.outputs["migrations"]) == {
        "taskDefinition",
        "cluster",
        "subnets",
        "securityGroups",
        "assignPublicIp",
        "command",
    }
    monitoring = {"prometheus", "alertmanager", "loki", "grafana"}
    assert set(prod.outputs["services"]) == {"backend", "worker", "frontend"} | monitoring
    images = {"backend", "worker", "frontend", "exporters", "fluent-bit"} | monitoring
    assert set(prod.outputs["imageDigests"]) == images
    assert "simulated" not in json.dumps(dict(prod.outputs))
