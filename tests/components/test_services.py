"""What the plan holds for one service: whom it reaches, whom it lets in, what it may read."""

from __future__ import annotations

import re
from typing import Any

import pulumi
import pytest
import yaml

from components.service.unsafe_changes import identity, problem
from components.shared.secrets import readable_arn
from settings.project import ROOT
from settings.secrets import Secret
from simulation.plan import Plan
from tests.support.configs import DIGEST, changed
from tests.support.plans import container, containers, only, plan_of, statements

RULE_IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
RULE_OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
POLICY = "aws:appautoscaling/policy:Policy"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ACCOUNT = "123456789012"
ECR = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
OTHER_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def rules(plan: Plan, token: str, group: str) -> set[tuple[Any, ...]]:
    """Of a security group: the other group or range, the protocol, the port."""
    return {
        (
            rule.inputs.get("referencedSecurityGroupId") or rule.inputs["cidrIpv4"],
            rule.inputs["ipProtocol"],
            rule.inputs["fromPort"],
        )
        for rule in plan.of_type(token)
        if rule.inputs["securityGroupId"] == f"${{{group}.id}}"
    }


# The README's examples


def test_the_services_of_the_readme_are_services():
    section = (ROOT / "README.md").read_text().partition("### Add a service")[2]
    blocks = re.findall(r"```yaml\n(.*?)```", section.partition("\n### ")[0], re.DOTALL)
    text = "\n".join(blocks)
    services = yaml.safe_load(text)["plataforma:services"]
    assert set(services) == {"mailer", "admin", "prices"}
    # Their Dockerfiles are the reader's.
    added = {f"services.{name}": keys | {"image": "backend"} for name, keys in services.items()}
    plan = plan_of(
        changed({**added, "broker.queues": ["events", "mail"], "secrets.SMTP_URL": "ssm:/ops/smtp"})
    )
    assert {"mailer", "admin", "prices"} <= {
        r.name for r in plan.of_type("aws:ecs/service:Service")
    }
    assert ("0.0.0.0/0", "tcp", 587) in rules(plan, RULE_OUT, "mailer")


# Connections


def test_a_service_reaches_the_ports_that_its_egress_names_and_no_others():
    egress = [{"port": 587}, {"port": 53, "protocol": "udp", "cidr": "203.0.113.0/24"}]
    mailer = {"image": "worker", "command": ["node", "dist/mailer.js"], "egress": egress}
    plan = plan_of(changed({"services.mailer": mailer}))
    anywhere = "0.0.0.0/0"
    assert rules(plan, RULE_OUT, "mailer") == {
        (anywhere, "tcp", 443),
        (anywhere, "tcp", 587),
        ("203.0.113.0/24", "udp", 53),
    }
    assert (anywhere, "tcp", 587) not in rules(plan, RULE_OUT, "worker")


def test_an_internal_service_lets_in_the_named_services_alone_and_tells_them_its_address():
    prices = {"image": "frontend", "port": 8080, "reachableBy": ["backend"]}
    plan = plan_of(changed({"services.prices": prices}))
    assert rules(plan, RULE_IN, "prices") == {("${backend.id}", "tcp", 8080)}
    assert ("${prices.id}", "tcp", 8080) in rules(plan, RULE_OUT, "backend")
    assert ("${prices.id}", "tcp", 8080) not in rules(plan, RULE_OUT, "worker")

    def addresses(service: str) -> list[str]:
        environment = container(plan, service)["environment"]
        return [entry["value"] for entry in environment if entry["name"] == "PRICES_URL"]

    assert addresses("backend") == ["http://prices.plataforma-staging.internal:8080"]
    assert addresses("worker") == []
    registry = only(plan, "aws:servicediscovery/service:Service", "prices").inputs
    assert registry["forceDestroy"] is True


# Images and secrets


def test_an_image_in_ecr_is_pulled_by_the_execution_role_without_credentials():
    plan = plan_of(
        changed(
            {
                "images": {
                    "registry": f"{ECR}/acme",
                    "digests": {"backend": DIGEST, "worker": DIGEST},
                }
            }
        )
    )
    assert "repositoryCredentials" not in container(plan, "backend")
    allowed = statements(plan, "backend-execution")
    assert {"ecr:GetAuthorizationToken"} <= {a for s in allowed for a in s["Action"]}
    assert [s["Resource"] for s in allowed if "ecr:BatchGetImage" in s["Action"]] == [
        [f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/acme/backend"]
    ]


def test_credentials_go_to_their_own_registry_alone():
    images = {"registry": "ghcr.io/acme/plataforma", "build": True, "pullSecret": "PULL"}
    elsewhere = {
        "proxy": {"image": f"docker.io/library/nginx@{DIGEST}"},
        "report": {"image": f"{ECR}/acme/report@{DIGEST}"},
        "sibling": {"image": f"ghcr.io/acme/other@{DIGEST}"},
    }
    added = {f"services.{name}": settings for name, settings in elsewhere.items()}
    plan = plan_of(changed({"images": images, "secrets.PULL": "secretsmanager:ops/pull", **added}))
    credentials = {
        name: "repositoryCredentials" in container(plan, name) for name in ("backend", *elsewhere)
    }
    assert credentials == {"backend": True, "proxy": False, "report": False, "sibling": True}
    pulled = [s for s in statements(plan, "report-execution") if "ecr:BatchGetImage" in s["Action"]]
    assert [s["Resource"] for s in pulled] == [
        [f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/acme/report"]
    ]
    assert not [s for s in statements(plan, "proxy-execution") if "secretsmanager" in str(s)]


def test_a_sidecar_is_pulled_with_the_registrys_credentials_beside_an_image_from_elsewhere():
    images = {"registry": "ghcr.io/acme/plataforma", "build": True, "pullSecret": "PULL"}
    report = {"image": f"{ECR}/acme/report@{DIGEST}", "logDriver": "awsfirelens"}
    alerting = {
        "runbooksUrl": "https://example.com/",
        "grafanaUrl": "https://example.com/",
        "receivers": {"team": {"sns": True}},
        "default": "team",
    }
    plan = plan_of(
        changed(
            {
                "images": images,
                "secrets.PULL": "secretsmanager:ops/pull",
                "secrets.GRAFANA_ADMIN_PASSWORD": "ssm:/ops/grafana",
                "services.report": report,
                "monitoring": {"mode": "self-hosted", "alerting": alerting},
            }
        )
    )
    made = containers(plan, "report")
    assert "repositoryCredentials" not in made["report"]
    assert "repositoryCredentials" in made["log-router"]
    read = [s for s in statements(plan, "report-execution") if "secretsmanager" in str(s["Action"])]
    assert len(read) == 1


def test_a_secret_with_a_key_of_its_own_can_be_decrypted():
    key = {"ref": "ssm:/ops/api-key", "kmsKey": OTHER_KEY}
    plan = plan_of(changed({"secrets.API_KEY": key, "services.backend.secrets": ["API_KEY"]}))
    decrypt = [s for s in statements(plan, "backend-execution") if "kms:Decrypt" in s["Action"]]
    assert [s["Resource"] for s in decrypt] == [["${encryption.arn}", OTHER_KEY]]


def test_a_secret_that_no_task_could_decrypt_is_refused_by_name():
    stacks_key, arn = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/stack", "arn:secret"
    secret = Secret(ref="secretsmanager:ops/x")
    for key in (None, "", "alias/aws/secretsmanager", stacks_key, "stack"):
        assert readable_arn("X", secret, arn, key, stacks_key) == arn
    named = Secret(ref="secretsmanager:ops/x", kms_key=OTHER_KEY)
    assert readable_arn("X", named, arn, OTHER_KEY, stacks_key) == arn
    with pytest.raises(pulumi.RunError, match=r"secrets\.X: .*kmsKey: <the key's ARN>"):
        readable_arn("X", secret, arn, OTHER_KEY, stacks_key)


# Scaling


@pytest.mark.parametrize("name", ["worker-scaling-backlog", "backend-scaling-requests"])
def test_a_late_task_count_is_the_one_before_not_zero(name: str):
    plan = plan_of(
        changed(
            {
                "services.backend.scaling.requestsPerTarget": 100,
                "services.backend.rollout": {"strategy": "blue-green"},
            }
        )
    )
    tracking = only(plan, POLICY, name).inputs["targetTrackingScalingPolicyConfiguration"]
    expression = tracking["customizedMetricSpecification"]["metrics"][-1]["expression"]
    assert "IF(FILL(tasks, REPEAT) > 0, FILL(tasks, REPEAT), 1)" in expression
    assert "FILL(tasks, 0)" not in expression


def test_waking_needs_two_minutes_without_tasks_and_never_takes_a_task_away():
    plan = plan_of(changed({}))
    alarm = only(plan, ALARM, "worker-scaling-wake").inputs
    assert (alarm["datapointsToAlarm"], alarm["evaluationPeriods"]) == (2, 3)
    steps = only(plan, POLICY, "worker-scaling-wake").inputs["stepScalingPolicyConfiguration"]
    assert steps["adjustmentType"] == "ChangeInCapacity"
    assert [step["scalingAdjustment"] for step in steps["stepAdjustments"]] == [1]


# Alarms


def test_a_task_that_fails_its_checks_within_its_grace_period_rolls_nothing_back():
    health = {"gracePeriodSeconds": 600}
    plan = plan_of(changed({"services.backend.health": health}))
    unhealthy = only(plan, ALARM, "backend-unhealthy").inputs
    assert unhealthy["evaluationPeriods"] == unhealthy["datapointsToAlarm"] == 3 + 10
    assert only(plan, ALARM, "backend-5xx").inputs["evaluationPeriods"] == 3


# Changes of a running service


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        (("rolling", 3000), ("rolling", 4000), None),
        (("blue-green", 3000), ("blue-green", 3000), None),
        (("blue-green", 3000), ("blue-green", 4000), "port can't change from 3000 to 4000"),
        (("codedeploy", 3000), ("codedeploy", 4000), "port can't change from 3000 to 4000"),
        (("blue-green", 3000), ("rolling", 3000), "can't change from blue-green to rolling"),
        (("rolling", 3000), ("codedeploy", 3000), "can't change from rolling to codedeploy"),
    ],
)
def test_a_change_that_would_take_the_service_down_is_refused(
    old: tuple[str, int], new: tuple[str, int], refused: str | None
):
    found = problem(identity(*old), identity(*new))
    assert (found is None) == (refused is None)
    assert (refused or "") in (found or "")
