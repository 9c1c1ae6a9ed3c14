"""What a platform must have that no key of the stack file turns off: one line a demand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulation.plan import Plan
from tests.support.configs import BASE
from tests.support.plans import only, plan_of, plan_of_stack
from tests.support.variants import MODES, plan_in

ACCOUNT = "123456789012"
KEY = "${encryption.arn}"
LISTENER = "aws:lb/listener:Listener"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
DEMANDS: list[tuple[str, str, str, Any]] = [
    ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network-default", "ingress", []),
    ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network-default", "egress", []),
    ("aws:ec2/flowLog:FlowLog", "network-flow-log", "trafficType", "ALL"),
    ("aws:kms/key:Key", "encryption", "enableKeyRotation", True),
    ("aws:lb/loadBalancer:LoadBalancer", "edge", "dropInvalidHeaderFields", True),
    ("aws:lb/loadBalancer:LoadBalancer", "edge", "desyncMitigationMode", "defensive"),
    ("aws:lb/loadBalancer:LoadBalancer", "edge", "accessLogs.enabled", True),
    (LISTENER, "edge", "sslPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06"),
    (LISTENER, "edge-redirect", "defaultActions.0.type", "redirect"),
    (LISTENER, "edge-redirect", "defaultActions.0.redirect.protocol", "HTTPS"),
    (LISTENER, "edge-redirect", "defaultActions.0.redirect.statusCode", "HTTP_301"),
    ("aws:acm/certificate:Certificate", "edge", "validationMethod", "DNS"),
    ("aws:rds/instance:Instance", "database", "storageEncrypted", True),
    ("aws:rds/instance:Instance", "database", "kmsKeyId", KEY),
    ("aws:rds/instance:Instance", "database", "manageMasterUserPassword", True),
    ("aws:rds/instance:Instance", "database", "publiclyAccessible", False),
    ("aws:rds/instance:Instance", "database", "performanceInsightsEnabled", True),
    ("aws:rds/instance:Instance", "database", "enabledCloudwatchLogsExports.0", "postgresql"),
    (CACHE, "cache", "transitEncryptionEnabled", True),
    (CACHE, "cache", "atRestEncryptionEnabled", True),
    (CACHE, "cache", "authToken", "[secret]"),
    ("aws:ssm/parameter:Parameter", "secrets-REDIS_PASSWORD", "type", "SecureString"),
    ("aws:ssm/parameter:Parameter", "secrets-REDIS_PASSWORD", "keyId", KEY),
    ("aws:sqs/queue:Queue", "broker-events", "kmsMasterKeyId", KEY),
    ("aws:sqs/queue:Queue", "broker-events-dlq", "messageRetentionSeconds", 14 * 24 * 3600),
    ("aws:cloudwatch/logGroup:LogGroup", "backend", "kmsKeyId", KEY),
    ("aws:sns/topic:Topic", "alarms", "kmsMasterKeyId", KEY),
    ("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "edge-waf", "resourceArn",
     "${edge-waf.arn}"),
    ("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "cluster", "capacityProviders",
     ["FARGATE", "FARGATE_SPOT"]),
    ("aws:ecs/service:Service", "backend", "enableExecuteCommand", False),
    ("aws:ecs/service:Service", "backend", "deploymentCircuitBreaker.rollback", True),
    ("aws:ecs/service:Service", "backend", "deploymentMinimumHealthyPercent", 100),
    ("aws:ecs/service:Service", "backend", "networkConfiguration.assignPublicIp", False),
]  # fmt: skip


@pytest.fixture(scope="module")
def small() -> Plan:
    return plan_of(BASE)


def at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value.get(key)
    return value


@pytest.mark.parametrize(("token", "name", "path", "wanted"), DEMANDS)
def test_even_the_smallest_platform_has(small: Plan, token: str, name: str, path: str, wanted: Any):
    assert at(only(small, token, name).inputs, path) == wanted


def test_parameters_of_the_stores_force_tls_and_keep_every_job(small: Plan):
    def parameters(token: str) -> dict[str, str]:
        made = only(small, token).inputs["parameters"]
        return {parameter["name"]: parameter["value"] for parameter in made}

    assert parameters("aws:rds/parameterGroup:ParameterGroup")["rds.force_ssl"] == "1"
    assert parameters("aws:elasticache/parameterGroup:ParameterGroup") == {
        "maxmemory-policy": "noeviction"
    }


def test_the_waf_limits_rates_and_has_the_managed_rules(small: Plan):
    rules = {r["name"]: r for r in only(small, "aws:wafv2/webAcl:WebAcl").inputs["rules"]}
    assert rules.pop("rate-limit")["action"] == {"block": {}}
    assert set(rules) == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    }
    assert all(rule["overrideAction"] == {"none": {}} for rule in rules.values())


# Whether the documentation of a service has aws:SourceAccount in the trust policy of a role that it
# assumes, or in the policy by which it writes; a call without the key would be refused.
SOURCE_ACCOUNT = {
    # Amazon ECS Developer Guide: "Amazon ECS task IAM role", "Amazon ECS infrastructure IAM role".
    "ecs-tasks": True,
    "ecs": False,
    # Amazon RDS User Guide, "Setting up and enabling Enhanced Monitoring".
    "monitoring.rds": True,
    # Not confirmed: no page found that says whether RDS Proxy sends it.
    "rds": False,
    # Amazon VPC User Guide, "Publish flow logs to CloudWatch Logs".
    "vpc-flow-logs": True,
    # AWS Step Functions Developer Guide, "Prevent cross-service confused deputy issue".
    "states": True,
    # EventBridge Scheduler User Guide, "Confused deputy prevention in EventBridge Scheduler".
    "scheduler": True,
    # AWS Batch User Guide, "EventBridge IAM role": the trust policy has no condition. That
    # EventBridge sends the key is not confirmed.
    "events": False,
    # Amazon Managed Grafana User Guide, "Customer-managed permissions".
    "grafana": True,
    # Not confirmed: no page found that says whether CodeDeploy sends it.
    "codedeploy": False,
}


@pytest.mark.parametrize("mode", MODES)
def test_a_role_can_be_taken_only_by_its_service_in_this_account(mode: str):
    for role in plan_in(mode).of_type("aws:iam/role:Role"):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        service = statement["Principal"]["Service"].removesuffix(".amazonaws.com")
        condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        wanted = condition if SOURCE_ACCOUNT[service] else None
        assert statement.get("Condition") == wanted, role.name
        if role.name.endswith(("-task", "-execution")):
            assert service == "ecs-tasks"


def test_the_load_balancer_writes_its_logs_below_the_account_alone(small: Plan):
    """Elastic Load Balancing, "Enable access logs": the policy has no condition."""
    policy = only(small, "aws:s3/bucketPolicy:BucketPolicy", "edge-access-logs").inputs["policy"]
    (delivery,) = [s for s in json.loads(policy)["Statement"] if s["Effect"] == "Allow"]
    assert delivery == {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::plataforma-staging-access-logs-{ACCOUNT}/AWSLogs/{ACCOUNT}/*",
    }


def test_alarms_and_managed_prometheus_may_publish_to_the_encrypted_topic(small: Plan):
    """Amazon SNS Developer Guide, "Key management"; Amazon Managed Service for Prometheus User
    Guide, "Giving Amazon Managed Service for Prometheus permission to send alert messages to your
    Amazon SNS topic": its statement for the key has no condition."""
    own = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    key = json.loads(only(small, "aws:kms/key:Key", "encryption").inputs["policy"])["Statement"]
    assert {
        statement["Principal"]["Service"]: statement.get("Condition")
        for statement in key
        if statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    } == {"cloudwatch.amazonaws.com": own, "aps.amazonaws.com": None}
    policy = only(small, "aws:sns/topicPolicy:TopicPolicy", "alarms").inputs["policy"]
    (publish,) = json.loads(policy)["Statement"]
    assert set(publish["Principal"]["Service"]) == {"aps.amazonaws.com", "cloudwatch.amazonaws.com"}
    assert publish["Action"] == ["sns:GetTopicAttributes", "sns:Publish"]
    assert publish["Condition"] == own


def test_a_dead_letter_queue_catches_what_no_consumer_could_handle(small: Plan):
    redrive = json.loads(
        only(small, "aws:sqs/queue:Queue", "broker-events").inputs["redrivePolicy"]
    )
    assert redrive == {"deadLetterTargetArn": "${broker-events-dlq.arn}", "maxReceiveCount": 5}


def test_data_stores_stand_in_subnets_with_no_way_out():
    plan = plan_of_stack("prod")
    for token in (
        "aws:rds/subnetGroup:SubnetGroup",
        "aws:elasticache/subnetGroup:SubnetGroup",
    ):
        assert all("-isolated-" in subnet for subnet in only(plan, token).inputs["subnetIds"])
    routes = [r.inputs["routeTableId"] for r in plan.of_type("aws:ec2/route:Route")]
    assert not [table for table in routes if "-isolated-" in table]


def test_a_rabbitmq_broker_is_asked_for_nothing_that_amazon_mq_refuses():
    """Amazon MQ: encryption options and audit logs are for ActiveMQ alone."""
    broker = only(plan_of_stack("prod"), "aws:mq/broker:Broker").inputs
    assert "encryptionOptions" not in broker
    assert broker["logs"] == {"general": True}
    assert broker["autoMinorVersionUpgrade"] is True
