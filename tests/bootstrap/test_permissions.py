"""What the roles may do: all that the program needs, only on its own stack, and no escalation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

import pytest

from bootstrap import settings
from bootstrap.access import documents
from bootstrap.access.conditions import conditions
from bootstrap.access.permissions import CALLS
from delivery.aws.clients import Aws
from settings.project import ROOT
from simulation import outputs
from simulation.plan import Plan, PlannedResource
from tests.bootstrap import account
from tests.bootstrap.iam import Context, allows, listed
from tests.bootstrap.permission_cases import ALLOWED, FORBIDDEN, HERE, IAM
from tests.support.plans import plan_of_pull_request, plan_of_stack
from tests.support.variants import MODES, plan_in


def platform(stack: str) -> Plan:
    return plan_of_pull_request() if stack == "pr7" else plan_of_stack(stack)


def may(role: str, action: str, resource: str, **context: str) -> bool:
    """`context`: condition keys, two underscores for a colon, `_t_Key` for a tag of the resource
    and `_r_Key` for one of the request."""
    return allows(account.documents(role), action, resource, _keys(context))


def _keys(context: Mapping[str, str]) -> dict[str, str]:
    prefixes = {"_t_": "aws:ResourceTag/", "_r_": "aws:RequestTag/"}
    return {
        prefixes[key[:3]] + key[3:] if key[:3] in prefixes else key.replace("__", ":"): value
        for key, value in context.items()
    } | {"aws:RequestedRegion": "eu-west-1"}


def granted(role: str) -> set[str]:
    return {
        action
        for document in account.documents(role)
        for statement in document["Statement"]
        for action in listed(statement["Action"])
    }


@pytest.mark.parametrize("environment", account.ENVIRONMENTS)
def test_the_documents_allow_the_described_calls_and_nothing_more(environment: str):
    read = {action for calls in CALLS for action in calls.read_actions}
    write = {action for calls in CALLS for action in calls.write_actions}
    assert granted(f"preview-{environment}") == read | {"s3:GetObject"}
    assert granted(f"deploy-{environment}") == read | write | {"s3:GetObject", "s3:PutObject"}


def delivery_calls() -> set[str]:
    """The IAM actions of the methods that delivery/ calls on its clients."""
    clients = "|".join(field.name for field in fields(Aws))
    call = re.compile(rf'\.({clients})\.(?:get_paginator\(\s*"(\w+)"|(?!get_paginator)(\w+)\()')
    return {
        f"{client}:{(paginated or method).title().replace('_', '')}"
        for path in (ROOT / "delivery").rglob("*.py")
        for client, paginated, method in call.findall(path.read_text())
    }


@pytest.mark.parametrize(
    ("role", "never"), [("deploy-staging", ()), ("ephemeral", ("codedeploy",))]
)
def test_every_call_of_the_delivery_commands_is_allowed(role: str, never: tuple[str, ...]):
    calls = {call for call in delivery_calls() if not call.startswith(never)}
    assert len(calls) > 10
    actions = {action.lower() for action in granted(role)}
    assert [call for call in calls if call.lower() not in actions] == []


# Only on the stack's own resources: by name, from the ARNs of the plan

ACTIONS_BY_TYPE = {
    "aws:cloudwatch/eventRule:EventRule": "events:PutRule",
    "aws:cloudwatch/logGroup:LogGroup": "logs:PutRetentionPolicy",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:PutMetricAlarm",
    "aws:ecs/cluster:Cluster": "ecs:DeleteCluster",
    "aws:ecs/service:Service": "ecs:UpdateService",
    "aws:ecs/taskDefinition:TaskDefinition": "ecs:RegisterTaskDefinition",
    "aws:elasticache/replicationGroup:ReplicationGroup": "elasticache:ModifyReplicationGroup",
    "aws:elasticache/subnetGroup:SubnetGroup": "elasticache:DeleteCacheSubnetGroup",
    "aws:lb/loadBalancer:LoadBalancer": "elasticloadbalancing:SetSubnets",
    "aws:lb/targetGroup:TargetGroup": "elasticloadbalancing:ModifyTargetGroup",
    "aws:mq/broker:Broker": "mq:UpdateBroker",
    "aws:rds/instance:Instance": "rds:ModifyDBInstance",
    "aws:rds/subnetGroup:SubnetGroup": "rds:DeleteDBSubnetGroup",
    "aws:s3/bucket:Bucket": "s3:PutBucketPolicy",
    "aws:scheduler/schedule:Schedule": "scheduler:UpdateSchedule",
    "aws:secretsmanager/secret:Secret": "secretsmanager:PutSecretValue",
    "aws:sfn/stateMachine:StateMachine": "states:UpdateStateMachine",
    "aws:sns/topic:Topic": "sns:SetTopicAttributes",
    "aws:sqs/queue:Queue": "sqs:SetQueueAttributes",
    "aws:ssm/parameter:Parameter": "ssm:PutParameter",
    "aws:wafv2/webAcl:WebAcl": "wafv2:UpdateWebACL",
}


def arn_of(resource: PlannedResource) -> str:
    """The ARN that the simulation gives a resource."""
    _, result = outputs.created(resource.type, resource.urn, resource.inputs, "eu-west-1")
    return str(result["arn"]).replace("${cluster.arn}", "plataforma-cluster")


def named(stack: str) -> Iterator[tuple[str, str]]:
    """An action and the ARN of each resource whose ARN holds its name."""
    for resource in platform(stack).resources:
        action = ACTIONS_BY_TYPE.get(resource.type)
        if action is None:
            continue
        arn = arn_of(resource)
        if resource.type == "aws:ecs/service:Service":
            arn = f"arn:aws:ecs:{HERE}:service/plataforma-{stack}/{resource.inputs['name']}"
        yield action, arn


@pytest.mark.parametrize(("own", "other"), [("staging", "prod"), ("prod", "staging")])
def test_a_deploy_role_changes_its_own_stack_and_not_the_other(own: str, other: str):
    wanted = list(named(own))
    assert len(wanted) > 50
    assert [one for one in wanted if not may(f"deploy-{own}", *one)] == []
    assert [one for one in wanted if may(f"deploy-{other}", *one)] == []
    assert [one for one in wanted if may("ephemeral", *one)] == []
    assert [one for one in wanted if may(f"preview-{own}", *one)] == []


def test_a_pull_requests_stack_is_changed_by_its_own_role_alone():
    wanted = list(named("pr7"))
    assert len(wanted) > 30
    assert [one for one in wanted if not may("ephemeral", *one)] == []
    for role in ("deploy-staging", "deploy-prod", "preview-staging"):
        assert [one for one in wanted if may(role, *one)] == []


def roles(plan: Plan) -> Iterator[tuple[str, str]]:
    """Each role that the program makes, and the service that it is passed to."""
    for role in plan.of_type(account.ROLE):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        yield f"{IAM}:role/{role.inputs['name']}", statement["Principal"]["Service"]


@pytest.mark.parametrize("mode", MODES)
def test_a_deploy_role_may_create_and_pass_every_role(mode: str):
    plan = plan_in(mode)
    environment = "prod" if mode == "prod" else "staging"
    role, bound = f"deploy-{environment}", f"{IAM}:policy/plataforma-boundary-{environment}"
    for arn, service in roles(plan):
        assert may(role, "iam:CreateRole", arn, iam__PermissionsBoundary=bound)
        assert may(role, "iam:PassRole", arn, iam__PassedToService=service), service
    for attachment in plan.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment"):
        policy = attachment.inputs["policyArn"]
        arn = next(roles(plan))[0]
        condition_values = {"iam__PermissionsBoundary": bound, "iam__PolicyARN": policy}
        assert may(role, "iam:AttachRolePolicy", arn, **condition_values), policy


# No privilege escalation, no other stack


@pytest.mark.parametrize(("role", "action", "resource", "context"), FORBIDDEN)
def test_no_role_escalates_or_changes_another_stack(
    role: str, action: str, resource: str, context: dict[str, str]
):
    assert not may(role, action, resource, **context)


@pytest.mark.parametrize(("role", "action", "resource", "context"), ALLOWED)
def test_roles_may_change_their_own_resources(
    role: str, action: str, resource: str, context: dict[str, str]
):
    assert may(role, action, resource, **context)


def test_records_are_those_of_the_stacks_own_domain():
    zone = "arn:aws:route53:::hostedzone/Z0123456789EXAMPLE"
    key = "route53:ChangeResourceRecordSetsNormalizedRecordNames"

    def may_change(role: str, *names: str) -> bool:
        context: Context = {key: list(names)}
        return allows(account.documents(role), "route53:ChangeResourceRecordSets", zone, context)

    assert may_change("deploy-staging", "staging.example.com", "_x.grafana.staging.example.com")
    assert not may_change("deploy-staging", "app.example.com")
    assert not may_change("deploy-staging", "staging.example.com", "app.example.com")
    assert not may_change("ephemeral", "staging.example.com")


def test_records_of_a_host_beside_the_domain_are_allowed_where_the_account_names_it():
    raw = account.raw()
    raw["environments"][0]["hosts"] = ["admin.example.com"]
    allowed = conditions("own_dns_records", settings.parse(raw).stacks["staging"])
    assert allowed["ForAllValues:StringLike"] == {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
            "staging.example.com",
            "*.staging.example.com",
            "admin.example.com",
            "*.admin.example.com",
        ]
    }


def test_records_of_a_host_in_another_zone_are_allowed_in_both_zones_and_no_third():
    raw = account.raw()
    raw["environments"][0] |= {"hosts": ["example.org"], "zones": ["Z1111111111EXAMPLE"]}
    stacks = settings.parse(raw).stacks["staging"]
    (changing,) = [
        statement
        for statement in documents.deploy_statements(stacks)
        if "route53:ChangeResourceRecordSets" in statement["Action"]
    ]
    assert changing["Resource"] == [
        "arn:aws:route53:::hostedzone/Z0123456789EXAMPLE",
        "arn:aws:route53:::hostedzone/Z1111111111EXAMPLE",
    ]


def test_stacks_without_a_domain_have_cloudfront_and_no_records():
    raw = account.raw()
    del raw["environments"][0]["domain"], raw["environments"][0]["zone"]
    raw["ephemeral"] = {"network": "staging"}
    parsed = settings.parse(raw)
    for stacks in (parsed.stacks["staging"], *parsed.pull_request_stacks.values()):
        made = documents.deploy_statements(stacks)
        actions = {action for statement in made for action in statement["Action"]}
        assert {"cloudfront:CreateDistribution", "cloudfront:CreateVpcOrigin"} <= actions
        assert "route53:ChangeResourceRecordSets" not in actions
        assert all(statement["Resource"] for statement in made)
    (ephemeral,) = account.checked().pull_request_stacks.values()
    with_domain = documents.deploy_statements(ephemeral)
    assert not any(a.startswith("cloudfront:Create") for s in with_domain for a in s["Action"])
