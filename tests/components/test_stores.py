"""Stores: what AWS moves by itself, what ends and comes back, what an alarm watches."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pulumi
import pytest

from components.data.managed_secret import first_secret_arn
from simulation import process
from simulation.plan import Plan, PlannedResource
from tests.support.configs import changed
from tests.support.plans import only, plan_of, plan_of_stack

DATABASE = "aws:rds/instance:Instance"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
BROKER = "aws:mq/broker:Broker"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


@pytest.fixture(scope="module")
def prod() -> Plan:
    return plan_of_stack("prod")


def database_of(**settings: Any) -> dict[str, Any]:
    plan = plan_of(changed({f"database.{key}": value for key, value in settings.items()}))
    return dict(only(plan, DATABASE).inputs)


def alarm(plan: Plan, name: str) -> PlannedResource:
    return only(plan, "aws:cloudwatch/metricAlarm:MetricAlarm", name)


# Versions


@pytest.mark.parametrize(("version", "raised_by_rds"), [("17", True), ("17.5", False)])
def test_rds_raises_the_minor_version_unless_the_stack_file_names_it(
    version: str, raised_by_rds: bool
):
    assert database_of(version=version)["autoMinorVersionUpgrade"] is raised_by_rds


def test_the_version_of_the_cache_is_raised_by_the_stack_file_alone(prod: Plan):
    assert only(prod, CACHE).inputs["autoMinorVersionUpgrade"] is False


def test_a_major_version_upgrade_is_allowed_by_its_key_alone_and_applied_at_once():
    assert database_of(version="18")["allowMajorVersionUpgrade"] is False
    allowed = plan_of(
        changed({"environment": "prod", "alarms": {"emails": ["ops@example.com"]}})
        | {"database": {"version": "18", "allowMajorVersionUpgrade": True, "multiAz": True}}
    )
    upgraded = only(allowed, DATABASE).inputs
    assert upgraded["allowMajorVersionUpgrade"] is True
    assert upgraded["applyImmediately"] is True
    assert only(allowed, PARAMETERS).inputs["family"] == "postgres18"
    assert [text for text in allowed.warnings if "allowMajorVersionUpgrade is true" in text]


@pytest.mark.parametrize("token", [DATABASE, CACHE, BROKER])
def test_production_waits_for_the_maintenance_window(prod: Plan, token: str):
    for resource in prod.of_type(token):
        assert resource.inputs["applyImmediately"] is False


def test_a_static_parameter_has_the_apply_method_that_rds_returns(prod: Plan):
    methods = {p["name"]: p["applyMethod"] for p in only(prod, PARAMETERS).inputs["parameters"]}
    assert methods.pop("rds.force_ssl") == "pending-reboot"
    assert set(methods.values()) == {"immediate"}


# What ends and comes back


@pytest.mark.parametrize(
    ("token", "name", "parameter_group"),
    [(DATABASE, "database", "database"), (CACHE, "cache", "cache")],
)
def test_a_final_snapshot_has_a_name_of_its_own(
    prod: Plan, token: str, name: str, parameter_group: str
):
    snapshot = only(prod, token, name).inputs["finalSnapshotIdentifier"]
    assert snapshot == f"plataforma-prod-final-${{{parameter_group}.name}}"


def test_the_names_of_secrets_are_free_at_once(prod: Plan):
    stored = plan_of(
        changed({"secrets.KEPT": {"value": "simulated-value", "store": "secretsmanager"}})
    )
    secrets = [
        *prod.of_type("aws:secretsmanager/secret:Secret"),
        *stored.of_type("aws:secretsmanager/secret:Secret"),
    ]
    assert {secret.name for secret in secrets} == {"database-proxy", "secrets-KEPT"}
    assert {secret.inputs["recoveryWindowInDays"] for secret in secrets} == {0}


def test_the_key_of_final_snapshots_stays(prod: Plan):
    assert only(prod, "aws:kms/key:Key").retain_on_delete
    assert not only(plan_of(changed({})), "aws:kms/key:Key").retain_on_delete


def test_a_read_replica_can_be_taken_away(prod: Plan):
    replica = only(prod, DATABASE, "database-replica-1").inputs
    assert not replica.get("deletionProtection")
    assert replica["skipFinalSnapshot"] is True


def test_the_rotation_of_a_managed_password_ends_with_its_secret():
    plan = plan_of(changed({}))
    rotation = only(plan, "aws:secretsmanager/secretRotation:SecretRotation")
    assert rotation.retain_on_delete


def test_a_preview_does_not_know_the_secret_that_rds_will_make(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: True)
    assert first_secret_arn([{"secret_arn": "arn:secret"}]) == "arn:secret"
    for before in ([], None):

        async def is_known(found: list[Any] | None = before) -> bool:
            return await pulumi.Output.from_input(found).apply(first_secret_arn).is_known()

        assert asyncio.run(is_known()) is False


def test_the_logs_of_the_database_expire_and_are_encrypted(prod: Plan):
    exports = only(prod, DATABASE, "database").inputs["enabledCloudwatchLogsExports"]
    groups = {group.inputs["name"]: group.inputs for group in prod.of_type(LOG_GROUP)}
    for export in exports:
        group = groups[f"/aws/rds/instance/plataforma-prod/{export}"]
        assert group["retentionInDays"] == 30
        assert group["kmsKeyId"] == "${encryption.arn}"


def test_clients_of_a_proxy_start_after_the_database_behind_it(monkeypatch: pytest.MonkeyPatch):
    needed = dict[str, set[str]]()
    register = cast(Any, process)._Recorder.RegisterResource

    def recording(self: Any, request: Any) -> Any:
        answer = register(self, request)
        by_property = (urn for urns in request.propertyDependencies.values() for urn in urns.urns)
        needed[answer.urn] = {*request.dependencies, *by_property}
        return answer

    monkeypatch.setattr("simulation.process._Recorder.RegisterResource", recording)
    plan_of(changed({"database.proxy": True, "database.readReplicas": 0}))
    (client,) = (urn for urn in needed if urn.endswith("TaskDefinition::backend"))
    found, queue = set[str](), [client]
    while queue:
        new = needed.get(queue.pop(), set()) - found
        found |= new
        queue += new
    assert {urn.rpartition("$")[2] for urn in found} >= {
        "aws:rds/proxyTarget:ProxyTarget::database-proxy",
        "aws:rds/instance:Instance::database",
    }


# Alarms


def test_every_node_of_the_cache_has_alarms(prod: Plan):
    nodes = {
        alarm(prod, f"cache-{number}-memory").inputs["dimensions"]["CacheClusterId"]
        for number in (1, 2, 3)
    }
    assert nodes == {f"plataforma-prod-00{number}" for number in (1, 2, 3)}


def test_the_memory_of_rabbitmq_is_measured_by_its_own_limit(prod: Plan):
    inputs = alarm(prod, "broker-memory-alarm").inputs
    share, *metrics = inputs["metricQueries"]
    assert share["expression"] == "100 * part / whole"
    assert share["returnData"] is True
    assert {query["id"]: query["metric"]["metricName"] for query in metrics} == {
        "part": "RabbitMQMemUsed",
        "whole": "RabbitMQMemLimit",
    }
    assert "metricName" not in inputs


@pytest.mark.parametrize(
    ("kind", "namespace", "dimensions"),
    [
        ("sqs", "AWS/SQS", {"QueueName": "plataforma-staging-events-dlq"}),
        (
            "rabbitmq",
            "AWS/AmazonMQ",
            {
                "Broker": "plataforma-staging",
                "Queue": "plataforma-staging-events-dlq",
                "VirtualHost": "/",
            },
        ),
    ],
)
def test_every_dead_letter_queue_has_an_alarm(
    kind: str, namespace: str, dimensions: dict[str, str]
):
    plan = plan_of(
        changed({"broker.kind": kind, "secrets.BROKER_PASSWORD": "simulated-broker-password"})
    )
    inputs = alarm(plan, "broker-events-dlq").inputs
    assert (inputs["namespace"], inputs["dimensions"]) == (namespace, dimensions)


def test_a_read_replica_has_alarms_on_lag_storage_and_cpu(prod: Plan):
    metrics = {
        alarm(prod, f"database-replica-{name}").inputs["metricName"]
        for name in ("cpu", "lag", "storage")
    }
    assert metrics == {"CPUUtilization", "FreeStorageSpace", "ReplicaLag"}


def test_the_management_api_of_rabbitmq_is_open_to_its_clients(prod: Plan):
    rules = {
        rule.inputs["fromPort"]
        for rule in prod.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if rule.inputs["securityGroupId"] == "${broker.id}"
    }
    assert rules == {443, 5671}
