from __future__ import annotations

import json

import pytest

from components.service.rollout import (
    ecs_rollout,
    native_configuration,
    timeouts,
)
from components.service.scaling import backlog_target
from components.service.task.task_definition import Container, container_definition
from components.shared.secret_handle import SecretHandle
from settings.service.rollout import RolloutSettings
from settings.service.scaling import QueueScaling
from settings.service.service import ServiceSettings


def service(**values: object) -> ServiceSettings:
    return ServiceSettings.model_validate_json(json.dumps({"image": "backend", **values}))


def container(**values: object) -> Container:
    common = {
        "name": "backend",
        "image": "ghcr.io/acme/backend@sha256:0",
        "log_group": "/plataforma/staging/backend",
        "region": "eu-west-1",
        "user": "1000",
        "stop_timeout_seconds": 30,
    }
    return Container(**{**common, **values})  # type: ignore[arg-type]


# Task definitions


def test_a_container_is_sent_in_the_form_that_ecs_gives_back():
    result = container_definition(
        container(port=3000, environment={"Z": "1", "A": "2"}, command=["node", "x.js"])
    )
    assert result["environment"] == [{"name": "A", "value": "2"}, {"name": "Z", "value": "1"}]
    assert result["portMappings"] == [{"containerPort": 3000, "hostPort": 3000, "protocol": "tcp"}]
    assert result["readonlyRootFilesystem"] is True
    assert result["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}


def test_a_worker_has_no_empty_parts():
    result = container_definition(container())
    for part in ("portMappings", "environment", "secrets", "command", "healthCheck"):
        assert part not in result
    assert "repositoryCredentials" not in result


def test_a_secret_reaches_a_container_by_arn_alone():
    handle = SecretHandle("ssm", "arn:parameter", "arn:parameter", "3")
    result = container_definition(container(secrets={"API_KEY": handle}))
    assert result["secrets"] == [{"name": "API_KEY", "valueFrom": "arn:parameter"}]
    assert "plataforma.secrets" in result["dockerLabels"]


# Scaling


def test_backlog_per_task_is_latency_over_job_time():
    queue = QueueScaling(name="jobs", acceptable_latency_seconds=60, average_job_seconds=4)
    assert backlog_target(queue) == 15


# Rollouts


ALARMS = 5 * 60  # the slowest alarm of a route


def test_a_healthy_rolling_deploy_of_a_small_service_waits_two_minutes_and_for_the_alarms():
    small = service(port=3000, route={"paths": ["/*"]})
    assert small.deploy_wait_seconds == 20 + 5 * 2 + 30 + 30 + ALARMS
    assert small.deploy_wait_seconds < 120 + ALARMS
    assert service().deploy_wait_seconds == 20 + 30


@pytest.mark.parametrize(
    ("shift", "minutes"), [("all-at-once", 10), ("canary", 15), ("linear", 4 * 5 + 10)]
)
def test_a_shift_waits_its_steps_and_its_bake(shift: str, minutes: int):
    rollout = {
        "strategy": "blue-green",
        "shift": shift,
        "percent": 20,
        "stepMinutes": 5,
        "bakeMinutes": 10,
    }
    rolling = service(port=3000, route={"paths": ["/*"]}).deploy_wait_seconds
    shifted = service(port=3000, route={"paths": ["/*"]}, rollout=rollout).deploy_wait_seconds
    assert shifted - (rolling - ALARMS) == 60 * minutes


def test_pulumi_waits_for_a_deployment_that_fails_and_is_rolled_back():
    canary = service(
        port=3000,
        route={"paths": ["/*"]},
        rollout={
            "strategy": "blue-green",
            "shift": "linear",
            "percent": 3,
            "stepMinutes": 1440,
            "bakeMinutes": 1440,
        },
        health={"deregistrationDelaySeconds": 3600},
    )
    waits = timeouts(canary)
    assert waits.create == waits.update == f"{3 * canary.deploy_wait_seconds + 600}s"
    assert waits.delete == f"{3600 + 30 + 600}s"
    # The provider's own default is the least.
    assert (timeouts(service()).update, timeouts(service()).delete) == ("1200s", "1200s")


def test_a_rolling_deployment_keeps_full_capacity_and_rolls_back_by_itself():
    result = ecs_rollout(RolloutSettings(), ["backend-5xx"], {"target_group_arn": "arn"}).arguments
    assert result["deployment_minimum_healthy_percent"] == 100
    assert result["deployment_maximum_percent"] == 200
    assert result["deployment_circuit_breaker"] == {"enable": True, "rollback": True}
    assert result["deployment_configuration"] == {"strategy": "ROLLING"}
    assert result["force_new_deployment"] is True
    assert result["alarms"] == {"alarm_names": ["backend-5xx"], "enable": True, "rollback": True}


def test_ecs_owns_the_target_groups_that_it_swaps():
    rollout = RolloutSettings(strategy="blue-green")
    assert ecs_rollout(rollout, ["a"], {"target_group_arn": "arn"}).ignored == ["load_balancers"]


def test_codedeploy_owns_the_task_definition_and_the_target_group():
    result = ecs_rollout(RolloutSettings(strategy="codedeploy"), ["a"], {"target_group_arn": "arn"})
    assert result.arguments["deployment_controller"] == {"type": "CODE_DEPLOY"}
    assert set(result.ignored) == {
        "task_definition",
        "load_balancers",
        "network_configuration",
        "capacity_provider_strategies",
    }
    assert "force_new_deployment" not in result.arguments  # which ECS refuses
    assert "deployment_circuit_breaker" not in result.arguments


def test_a_canary_of_ecs_says_its_share_and_its_bake():
    rollout = RolloutSettings(strategy="blue-green", shift="canary", percent=10, step_minutes=5)
    assert native_configuration(rollout) == {
        "strategy": "CANARY",
        "bake_time_in_minutes": "5",
        "canary_configuration": {"canary_percent": 10.0, "canary_bake_time_in_minutes": "5"},
    }
