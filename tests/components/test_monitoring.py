"""Monitoring on AWS: what its services are given, and what the real programs say of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from delivery.rollouts.task_logs import log_stream
from settings.project import ROOT
from simulation.plan import Plan
from tests.support.configs import changed
from tests.support.plans import (
    container,
    containers,
    only,
    plan_of,
    plan_of_stack,
    statements,
    task_definition,
)
from tests.support.programs import program

RULE_IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ALERTING = {
    "runbooksUrl": "https://example.com/runbooks/",
    "grafanaUrl": "https://grafana.staging.example.com",
    "receivers": {"team": {"sns": True}},
    "default": "team",
}
SELF_HOSTED = {
    "monitoring": {"mode": "self-hosted", "alerting": ALERTING},
    "secrets.GRAFANA_ADMIN_PASSWORD": "ssm:/ops/grafana",
    "services.backend.metricsPort": 9464,
    "services.backend.logDriver": "awsfirelens",
}
ROUTER_CONFIG = (ROOT / "monitoring/fluent-bit/fluent-bit.conf").read_text()
MANAGED = {"monitoring": {"mode": "managed", "alerting": ALERTING}}


@pytest.fixture(scope="module", params=("staging", "prod"))
def stack(request: pytest.FixtureRequest) -> Plan:
    return plan_of_stack(request.param)


@pytest.fixture(scope="module")
def hosted() -> Plan:
    return plan_of(changed(SELF_HOSTED))


def variables(made: Mapping[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in made.get("environment", [])}


def accepts(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_its_tasks_and_their_images_have_its_architecture():
    plan = plan_of(changed({**SELF_HOSTED, "monitoring.architecture": "x86_64"}))
    platforms = {
        image.name: image.inputs["build"]["platform"]
        for image in plan.of_type("docker:index/image:Image")
    }
    own = {"backend", "worker", "fluent-bit"}
    assert {platforms.pop(name) for name in own} == {"linux/arm64"}
    assert set(platforms) == {"prometheus", "alertmanager", "loki", "grafana", "exporters"}
    assert set(platforms.values()) == {"linux/amd64"}
    for name in ("prometheus", "alertmanager", "loki", "grafana"):
        runtime = task_definition(plan, name)["runtimePlatform"]
        assert runtime["cpuArchitecture"] == "X86_64"


# What is told to whom


@pytest.mark.needs("promtool3")
def test_prometheus_of_today_accepts_what_its_task_is_given(stack: Plan, tmp_path: Path):
    config = variables(container(stack, "prometheus"))["PROMETHEUS_CONFIG"]
    file = tmp_path / "prometheus.yml"
    file.write_text(config)
    accepts([program("promtool3"), "check", "config", "--syntax-only", str(file)])
    jobs = {scrape["job_name"] for scrape in yaml.safe_load(config)["scrape_configs"]}
    own = {"prometheus", "alertmanager", "loki", "grafana", "postgres", "redis", "probe"}
    assert jobs == {"backend", "worker", "frontend"} | own


@pytest.mark.needs("amtool3")
def test_alertmanager_of_today_accepts_what_its_task_is_given(stack: Plan, tmp_path: Path):
    environment = variables(container(stack, "alertmanager"))
    config = yaml.safe_load(environment["ALERTMANAGER_CONFIG"])
    (tmp_path / "urls.tmpl").write_text(environment["URLS_TEMPLATE"])
    shutil.copy(ROOT / "monitoring/alertmanager/templates/plataforma.tmpl", tmp_path)
    config["templates"] = [f"{tmp_path}/*.tmpl"]
    file = tmp_path / "alertmanager.yml"
    file.write_text(json.dumps(config).replace("${alarms.arn}", TOPIC))
    accepts([program("amtool3"), "check-config", str(file)])


TOPIC = "arn:aws:sns:eu-west-1:123456789012:topic"


@pytest.mark.needs("loki")
def test_loki_accepts_its_configuration_for_aws(stack: Plan):
    environment = variables(container(stack, "loki"))
    known = {name: value if "${" not in value else "bucket" for name, value in environment.items()}
    command = [program("loki"), "-verify-config", "-config.expand-env=true"]
    file = f"-config.file={ROOT}/monitoring/loki/aws.yml"
    result = subprocess.run([*command, file], env=known, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_a_secret_of_the_monitoring_comes_as_a_secret_and_goes_to_a_file():
    result = container(plan_of_stack("prod"), "alertmanager")
    secrets = {entry["name"] for entry in result["secrets"]}
    assert secrets == {"PAGERDUTY_ROUTING_KEY", "SLACK_WEBHOOK", "HEARTBEAT_URL"}
    for name in secrets:
        path = f"/tmp/secrets/{name.lower()}"
        assert f"{name}={path}" in variables(result)["FILES"].split()
        assert path in variables(result)["ALERTMANAGER_CONFIG"]


def test_production_has_two_of_each_and_peers_that_find_each_other():
    prod = plan_of_stack("prod")
    for name in ("prometheus", "alertmanager", "loki", "grafana"):
        scaling = only(prod, "aws:appautoscaling/target:Target", f"{name}-scaling").inputs
        assert scaling["minCapacity"] == 2
    command = container(prod, "alertmanager")["command"]
    assert "--cluster.peer=alertmanager.plataforma-prod.internal:9094" in command
    ways = {r.name for r in prod.of_type(RULE_IN)}
    assert "alertmanager-to-alertmanager-9094" in ways
    assert "alertmanager-to-alertmanager-9094-udp" in ways


def test_series_are_on_the_tasks_own_disk_and_leave_room_on_it(hosted: Plan):
    disk = task_definition(hosted, "prometheus")["ephemeralStorage"]["sizeInGiB"]
    command = container(hosted, "prometheus")["command"]
    assert "--storage.tsdb.path=/tmp/prometheus" in command
    size = next(part for part in command if "retention.size" in part)
    assert int(size.partition("=")[2].removesuffix("GB")) < disk * 0.9


# Logs


def test_a_routed_service_hands_its_lines_to_a_router_that_outlives_it(hosted: Plan):
    result = containers(hosted, "backend")
    service, router = result["backend"], result["log-router"]
    assert service["logConfiguration"]["logDriver"] == "awsfirelens"
    assert service["dependsOn"] == [{"condition": "START", "containerName": "log-router"}]
    assert router["logConfiguration"]["logDriver"] == "awslogs"
    environment = variables(router)
    assert environment["LOKI_HOST"] == "loki.plataforma-staging.internal"
    assert set(re.findall(r"\$\{([A-Z_]+)\}", ROUTER_CONFIG)) == set(environment)
    (grace,) = values("Grace")
    assert int(grace) < router["stopTimeout"]


def test_a_line_that_the_router_sends_on_does_not_come_to_it_again():
    """The filter's new tag goes through all filters from the first one on."""
    (taken,) = values("Match_Regex")
    (rule,) = values("Rule")
    firelens = "backend-firelens-0123456789abcdef0123456789abcdef"
    ours = rule.split()[2].replace("$TAG", firelens)
    assert re.match(taken, firelens)
    assert not re.match(taken, ours)
    assert len(values("Match")) == 4
    for pattern in values("Match"):
        assert fnmatchcase(ours, pattern)
        assert not fnmatchcase(firelens, pattern)


def test_lokis_labels_are_service_environment_and_level_alone():
    (fixed,) = values("labels")
    assert [label.partition("=")[0] for label in fixed.split(", ")] == ["service", "environment"]
    assert values("label_keys") == ["$level"]


def test_delivery_finds_the_stream_that_the_router_writes_to(hosted: Plan):
    result = containers(hosted, "backend")
    environment = variables(result["log-router"])
    (prefix,) = values("log_stream_prefix")
    (rule,) = values("Rule")
    tag = rule.split()[2].replace("$TAG", "backend-firelens-1f")
    stream = prefix.replace("${SERVICE_NAME}", environment["SERVICE_NAME"]) + tag
    place = log_stream(cast(Any, {"containerDefinitions": [*result.values()]}), "backend", "1f")
    assert place == (environment["LOG_GROUP"], stream)


def values(key: str) -> list[str]:
    """What the router's configuration sets `key` to, each time."""
    return re.findall(rf"^ +{re.escape(key)} +(.+)$", ROUTER_CONFIG, re.MULTILINE)


def test_the_router_writes_to_cloudwatch_by_the_tasks_own_role(hosted: Plan):
    def may_log(role: str) -> bool:
        return any("logs:PutLogEvents" in s["Action"] for s in statements(hosted, role))

    assert may_log("backend-task")
    assert may_log("backend-execution")
    assert not may_log("worker-task")


def test_a_service_without_a_router_writes_to_cloudwatch_alone(hosted: Plan):
    result = containers(hosted, "worker")
    assert set(result) == {"worker"}
    assert result["worker"]["logConfiguration"]["logDriver"] == "awslogs"


def test_an_exporter_gives_up_its_server_before_prometheus_gives_up_the_exporter(hosted: Plan):
    """Else there is no `pg_up` and no `redis_up` when a server drops packets, and no alert."""
    on_aws = containers(hosted, "prometheus")
    beside = yaml.safe_load((ROOT / "docker-compose.prod.yml").read_text())["services"]
    scrapes = yaml.safe_load((ROOT / "monitoring/prometheus/prometheus.yml").read_text())
    assert scrapes["global"]["scrape_timeout"] == "5s"
    for exporter in ("postgres-exporter", "redis-exporter"):
        for described in (on_aws[exporter], beside[exporter]):
            [seconds] = re.findall(r"connect(?:ion)?[-_]timeout\W+(\d+)", str(described), re.I)
            assert int(seconds) + 1 < 5


# Who reaches whom


def test_only_those_reach_each_other_that_must(hosted: Plan):
    groups = ("backend", "worker", "prometheus", "alertmanager", "loki", "grafana")
    ways = {
        (r.inputs["referencedSecurityGroupId"], r.inputs["securityGroupId"], r.inputs["fromPort"])
        for r in hosted.of_type(RULE_IN)
        if "referencedSecurityGroupId" in r.inputs
    }
    named = {
        (source.split(".")[0][2:], target.split(".")[0][2:], port) for source, target, port in ways
    }
    assert {way for way in named if way[0] in groups and way[1] in groups} == {
        ("prometheus", "backend", 9464),
        ("prometheus", "prometheus", 9090),
        ("prometheus", "alertmanager", 9093),
        ("prometheus", "loki", 3100),
        ("prometheus", "grafana", 3000),
        ("grafana", "prometheus", 9090),
        ("grafana", "alertmanager", 9093),
        ("grafana", "loki", 3100),
        ("loki", "alertmanager", 9093),
        ("backend", "loki", 3100),
    }


def test_cloudwatch_tells_when_a_part_of_the_monitoring_does_not_run(hosted: Plan):
    alarms = {r.name: r.inputs for r in hosted.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")}
    for name in ("prometheus", "alertmanager", "loki", "grafana"):
        alarm = alarms[f"{name}-running"]
        assert alarm["treatMissingData"] == "breaching"
        assert alarm["alarmActions"] == ["${alarms.arn}"]


# The other modes


def test_managed_monitoring_keeps_the_rules_at_aws_and_runs_one_agent():
    plan = plan_of(changed({**MANAGED, "services.backend.metricsPort": 9464}))
    rules = plan.of_type("aws:amp/ruleGroupNamespace:RuleGroupNamespace")
    about_the_backend, always = {"backend", "slo-backend"}, {"applications", "capacity", "platform"}
    stores = {"postgres", "redis"}
    assert {rule.inputs["name"] for rule in rules} == always | about_the_backend | stores
    assert "--agent" in container(plan, "prometheus")["command"]
    config = yaml.safe_load(variables(container(plan, "prometheus"))["PROMETHEUS_CONFIG"])
    assert "rule_files" not in config
    assert config["remote_write"][0]["sigv4"] == {"region": "eu-west-1"}
    definition = only(plan, "aws:amp/alertManagerDefinition:AlertManagerDefinition").inputs
    told = yaml.safe_load(yaml.safe_load(definition["definition"])["alertmanager_config"])
    assert told["receivers"][-1]["sns_configs"][0]["topic_arn"] == "${alarms.arn}"
    assert {r.name for r in plan.of_type("aws:ecs/service:Service")} == {
        "backend",
        "worker",
        "prometheus",
    }


def test_no_monitoring_makes_nothing_of_it():
    plan = plan_of(changed({}))
    assert {r.name for r in plan.of_type("aws:ecs/service:Service")} == {"backend", "worker"}
    assert not [r for r in plan.resources if r.type.startswith(("aws:amp", "aws:grafana"))]


# Amazon Managed Prometheus beside Prometheus

TO_AMP = SELF_HOSTED | {
    "monitoring": {
        "mode": "self-hosted",
        "alerting": ALERTING,
        "prometheus": {"remoteWrite": {"to": "amp"}},
    }
}


def test_what_prometheus_writes_to_a_workspace_grafana_may_read_there():
    plan = plan_of(changed(TO_AMP))
    environment = variables(container(plan, "grafana"))
    assert environment["AMP_URL"]
    assert environment["GF_AUTH_SIGV4_AUTH_ENABLED"] == "true"
    allowed = {action for s in statements(plan, "grafana-task") for action in s["Action"]}
    assert allowed >= {"aps:QueryMetrics", "aps:GetLabels", "aps:GetSeries"}
    assert "AMP_URL" not in variables(container(plan_of(changed(SELF_HOSTED)), "grafana"))


def test_a_workspace_keeps_one_sample_of_all_replicas():
    plan = plan_of(changed(TO_AMP))
    config = yaml.safe_load(variables(container(plan, "prometheus"))["PROMETHEUS_CONFIG"])
    (write,) = config["remote_write"]
    labels = {rule.get("target_label") for rule in write["write_relabel_configs"]}
    assert {"cluster", "__replica__"} <= labels
    assert config["global"]["external_labels"]["replica"] == "${HOSTNAME}"


# Grafana


def test_grafana_writes_only_where_it_may_and_fetches_nothing_at_its_start(hosted: Plan):
    result = container(hosted, "grafana")
    environment = variables(result)
    writable = [point["containerPath"] for point in result["mountPoints"]]
    assert any(environment["GF_PATHS_DATA"].startswith(f"{path}/") for path in writable)
    compose = yaml.safe_load((ROOT / "docker-compose.prod.yml").read_text())
    in_compose = compose["services"]["grafana"]["environment"]
    for name in ("GF_PLUGINS_PREINSTALL_DISABLED", "GF_ANALYTICS_CHECK_FOR_UPDATES"):
        assert environment[name] == in_compose[name]
