"""What one run of a job does: overlap, attempts, timeout, dead letter."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.service.job.state_machine import RunArgs, definition
from settings.service.jobs import JobSettings
from tests.components.job.runs import TASK, Aws, run

OTHER = f"{TASK}by-hand"


def machine(**settings: Any) -> dict[str, Any]:
    args = RunArgs(
        name="report",
        settings=JobSettings(service="backend", command=("report",), **settings),
        partition="aws",
        cluster_name="plataforma-staging",
        family="plataforma-staging-job-report",
        task_definition_arn="arn:aws:ecs:eu-west-1:123456789012:task-definition/x:1",
        subnet_ids=["subnet-1"],
        security_group_id="sg-1",
        assign_public_ip=False,
        queue_url="https://sqs.eu-west-1.amazonaws.com/123456789012/plataforma-staging-job-failures",
    )
    return definition(args)


def hurried(made: dict[str, Any]) -> dict[str, Any]:
    """With a timeout that passes at once."""
    made["States"]["Run"]["TimeoutSeconds"] = 1
    return made


def test_a_run_starts_one_task_in_the_services_network(monkeypatch: pytest.MonkeyPatch):
    aws = Aws()
    assert run(machine(), aws, monkeypatch)["status"] == "SUCCEEDED"
    (sent,) = aws.said("RunTask")
    assert sent["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-1"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "DISABLED",
    }
    assert aws.said("SendMessage") == []


@pytest.mark.parametrize("busy", [{"others": [OTHER]}, {"runs": 1}])
def test_a_run_is_skipped_while_another_goes_on(
    busy: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    aws = Aws(**busy)
    assert run(machine(overlap="forbid"), aws, monkeypatch)["status"] == "SUCCEEDED"
    assert aws.said("RunTask") == []
    aws = Aws(**busy)
    assert run(machine(overlap="allow"), aws, monkeypatch)["status"] == "SUCCEEDED"
    assert len(aws.said("RunTask")) == 1


def test_a_failed_attempt_is_repeated_as_often_as_the_job_says(monkeypatch: pytest.MonkeyPatch):
    aws = Aws(["fails", "fails", "ok"])
    assert run(machine(retries=2), aws, monkeypatch)["status"] == "SUCCEEDED"
    assert aws.pauses == [30, 60]
    aws = Aws(["fails", "ok"])
    assert run(machine(retries=0), aws, monkeypatch)["status"] == "FAILED"
    assert aws.attempts == ["ok"]


def test_a_failed_run_leaves_a_dead_letter_and_fails(monkeypatch: pytest.MonkeyPatch):
    aws = Aws(["fails"])
    ended = run(machine(), aws, monkeypatch)
    assert ended["status"] == "FAILED"
    (letter,) = aws.said("SendMessage")
    told = json.loads(letter["MessageBody"])
    assert told["job"] == "report"
    assert told["execution"] == ended["executionArn"]
    assert "exited with 1" in told["failure"]["Cause"]


def test_a_late_run_stops_its_own_task_alone_and_is_not_repeated(monkeypatch: pytest.MonkeyPatch):
    aws = Aws(["hangs"], others=[OTHER])
    ended = run(hurried(machine(overlap="allow", retries=3)), aws, monkeypatch)
    assert (ended["status"], ended["error"]) == ("FAILED", "JobFailed")
    assert [sent["task"] for sent in aws.said("StopTask")] == [f"{TASK}own"]
    assert len(aws.said("RunTask")) == 1
    (letter,) = aws.said("SendMessage")
    assert json.loads(letter["MessageBody"])["failure"]["Error"] == "States.Timeout"
