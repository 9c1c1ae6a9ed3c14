"""Any valid settings give a plan that holds together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from commands.render.taskdefs import TOKEN, request
from settings import naming
from settings.load import parse
from settings.problems import SettingsError
from settings.service import fargate
from simulation.plan import Plan
from tests.support.configs import DIGEST
from tests.support.plans import plan_of

ECS = botocore.session.get_session().get_service_model("ecs")
REGISTER = cast(Any, ECS.operation_model("RegisterTaskDefinition").input_shape)
PLACEHOLDER = re.compile(r"\$\{([^.}]+(?:\.[a-z0-9-]+\.[a-z]+(?:-[A-Z]+)?)?)\.[^}]+\}")
# Property and pattern of physical names, from each service's API reference.
NAMES = {
    "aws:lb/targetGroup:TargetGroup": ("name", r"(?!-)[A-Za-z0-9-]{1,32}(?<!-)"),
    "aws:lb/loadBalancer:LoadBalancer": ("name", r"(?!-|internal-)[A-Za-z0-9-]{1,32}(?<!-)"),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        "replicationGroupId",
        r"[a-z](-?[a-z0-9]){0,39}",
    ),
    "aws:rds/instance:Instance": ("identifier", r"[a-z](-?[a-z0-9]){0,62}"),
    "aws:rds/proxy:Proxy": ("name", r"[a-z](-?[a-z0-9]){0,62}"),
    "aws:mq/broker:Broker": ("brokerName", r"[A-Za-z0-9_-]{1,50}"),
    "aws:sqs/queue:Queue": ("name", r"[A-Za-z0-9_-]{1,80}"),
    "aws:iam/role:Role": ("name", r"[\w+=,.@-]{1,64}"),
    "aws:ecs/service:Service": ("name", r"[A-Za-z0-9_-]{1,255}"),
    "aws:ecs/cluster:Cluster": ("name", r"[A-Za-z0-9_-]{1,255}"),
    TOKEN: ("family", r"[A-Za-z0-9_-]{1,255}"),
    "aws:s3/bucket:Bucket": ("bucket", r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", r"[A-Za-z0-9_/.#-]{1,512}"),
    "aws:cloudwatch/eventRule:EventRule": ("name", r"[A-Za-z0-9_.-]{1,64}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name", r".{1,255}"),
    "aws:codedeploy/application:Application": ("name", r".{1,100}"),
    "aws:sfn/stateMachine:StateMachine": ("name", r"[A-Za-z0-9_-]{1,80}"),
}

# A plan takes most of a second: a failing config is shown as it was found.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
SLOW = [HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large]

names = st.from_regex(r"[a-z](-?[a-z0-9]){0,7}", fullmatch=True).filter(
    lambda name: name not in naming.RESERVED
)
percent = st.integers(10, 95)
targets = st.fixed_dictionaries({}, optional={"cpu": percent, "memory": percent})


@st.composite
def services(draw: st.DrawFn, name: str, path: str | None) -> dict[str, Any]:
    cpu = draw(st.sampled_from(sorted(fargate.MEMORY_MIB_BY_CPU)))
    low = draw(st.integers(1, 5))
    made: dict[str, Any] = {
        "image": draw(st.sampled_from(["backend", "worker", f"ghcr.io/a/{name}@{DIGEST}"])),
        "cpu": cpu,
        "memory": draw(st.sampled_from(fargate.MEMORY_MIB_BY_CPU[cpu])),
        "database": draw(st.booleans()),
        "cache": draw(st.booleans()),
        "publishes": draw(st.sampled_from([[], ["events"]])),
        "consumes": draw(st.sampled_from([[], ["events", "mail"]])),
        "spotShare": draw(st.integers(0, 99)),
        "egress": draw(
            st.sampled_from(
                [[], [{"port": 587}, {"port": 53, "protocol": "udp", "cidr": "10.9.0.0/16"}]]
            )
        ),
        "secrets": draw(st.sampled_from([[], ["API_KEY"], ["API_KEY", "STRIPE"]])),
        "environment": draw(
            st.dictionaries(
                st.from_regex(r"[A-Z]{1,6}_X", fullmatch=True),
                st.text("ab\"'${}", min_size=1),
                max_size=3,
            )
        ),
        "scaling": {
            "min": low,
            "max": low + draw(st.integers(0, 5)),
            **draw(targets),
        },
    }
    if path is None and draw(st.booleans()):
        made["port"] = draw(st.integers(1024, 65535))
        made["reachableBy"] = ["migrating"]
    if path is not None:
        made["port"] = draw(st.integers(1024, 65535))
        made["route"] = {"paths": [path]}
        made["rollout"] = {
            "strategy": draw(st.sampled_from(["rolling", "codedeploy", "blue-green"])),
            "percent": draw(st.integers(3, 50)),
        }
        if made["rollout"]["strategy"] != "rolling":
            made["rollout"]["shift"] = draw(st.sampled_from(["all-at-once", "canary", "linear"]))
            made["rollout"]["stepMinutes"] = 1  # 34 steps of 3 % fit the pipeline's job
    elif draw(st.booleans()):
        made["scaling"]["min"] = draw(st.integers(0, 1))
        made["scaling"]["queue"] = {
            "name": draw(st.sampled_from(["jobs", "events"])),
            "acceptableLatencySeconds": draw(st.integers(60, 600)),
            "averageJobSeconds": draw(st.integers(1, 60)),
        }
    return made


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    replicas = draw(st.integers(0, 1))
    own_password = replicas > 0 or draw(st.booleans())
    named = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    migrating = draw(services("migrating", "/_migrating/*")) | {"database": True}
    region = draw(st.sampled_from(["eu-west-1", "us-east-1", "sa-east-1", "us-gov-west-1"]))
    return {
        "environment": draw(st.sampled_from(["staging", "prod", "qa"])),
        "region": region,
        "account": "123456789012",
        "domain": "app.example.com",
        "zone": "Z0123456789EXAMPLE",
        "network": {
            "cidr": draw(st.sampled_from(["10.0.0.0/16", "172.16.0.0/20", "192.168.0.0/22"])),
            "azs": draw(st.integers(2, 3)),
            "nat": draw(st.sampled_from(["none", "single", "per-az"])),
            "endpoints": draw(st.sampled_from([[], ["logs", "ecr.api"]])),
        },
        "database": {
            "multiAz": draw(st.booleans()),
            "readReplicas": replicas,
            "proxy": draw(st.booleans()),
            "password": "DATABASE_PASSWORD" if own_password else "managed",
        },
        "cache": {"replicas": draw(st.integers(0, 2)), "queues": ["jobs"]},
        "broker": {
            "kind": draw(st.sampled_from(["sqs", "rabbitmq"])),
            "deployment": draw(st.sampled_from(["single", "cluster"])),
            "queues": ["events", "mail"],
        },
        "edge": {
            "waf": {"enabled": draw(st.booleans())},
            "cdn": {"enabled": region != "us-gov-west-1" and draw(st.booleans())},
        },
        "images": draw(
            st.sampled_from(
                [
                    {"registry": "ghcr.io/a/b", "build": True},
                    {"registry": "ghcr.io/a/b", "promote": "builds", "pullSecret": "PULL"},
                    {
                        "registry": "ghcr.io/a/b",
                        "digests": {"backend": DIGEST, "worker": DIGEST},
                    },
                ]
            )
        ),
        "cluster": {"exec": draw(st.booleans())},
        "alarms": {"emails": ["ops@example.com"]},
        "migrations": {"service": "migrating"},
        "secrets": {
            "REDIS_PASSWORD": "simulated-redis-password",
            "DATABASE_PASSWORD": "simulated-database-password",
            "BROKER_PASSWORD": "simulated-broker-password",
            "API_KEY": "ssm:/ops/api-key",
            "STRIPE": {"value": "simulated-stripe", "store": "secretsmanager"},
            "PULL": "secretsmanager:ops/pull",
        },
        "services": {
            **{
                name: draw(services(name, draw(st.sampled_from([None, f"/{name}/*"]))))
                for name in named
            },
            "migrating": migrating,
        },
    }


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def assert_references_resolve(plan: Plan) -> None:
    known = {resource.name for resource in plan.resources}
    for resource in plan.resources:
        if resource.type == TOKEN:
            continue  # its text may hold anything that a user wrote
        for text in strings(resource.inputs):
            for name in PLACEHOLDER.findall(text):
                assert name in known, f"{resource.name} refers to {name}"


def assert_names_fit(plan: Plan) -> None:
    for token, (key, pattern) in NAMES.items():
        for resource in plan.of_type(token):
            assert re.fullmatch(pattern, resource.inputs[key]), (token, resource.inputs[key])
        physical = [r.inputs[key] for r in plan.of_type(token)]
        assert len(physical) == len(set(physical)), f"two {token} of one name"


def assert_task_definitions_validate(plan: Plan) -> None:
    for resource in plan.of_type(TOKEN):
        report = ParamValidator().validate(request(resource.inputs), REGISTER)
        assert not report.has_errors(), report.generate_report()


@given(raw=configs())
@settings(max_examples=25, phases=PHASES, suppress_health_check=SLOW)
def test_valid_settings_give_a_plan_that_holds_together(raw: dict[str, Any]):
    try:
        parse(raw, stack=raw["environment"])
    except SettingsError as refused:
        pytest.fail(str(refused))
    plan = plan_of(raw)
    assert_references_resolve(plan)
    assert_names_fit(plan)
    assert_task_definitions_validate(plan)
    text = json.dumps([dict(resource.inputs) for resource in plan.resources])
    assert "simulated-" not in text
