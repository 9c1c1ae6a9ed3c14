"""The password of RabbitMQ's user: the task against moto, what it runs against a real RabbitMQ."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from delivery.commands.broker_password import COMMAND, password_hash
from tests.delivery.aws_server import tasks_of
from tests.delivery.stack import CLUSTER, Stack
from tests.support.programs import program
from tests.support.rabbitmq_server import GUEST, RabbitmqServer, rabbitmq_server

NEW, OLD, USER = "simulated-new-password", "simulated-old-password", "plataforma"
ARGUMENTS = ("broker-password", "--stack", "staging", "--service", "backend")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What is asked of the Pulumi CLI, which answers with the new password."""
    calls = list[tuple[str, ...]]()

    def pulumi(*arguments: str, **_: Path) -> str:
        calls.append(arguments)
        return f"{NEW}\n"

    monkeypatch.setattr("delivery.commands.broker_password.pulumi", pulumi)
    return calls


def sent(stack: Stack) -> Any:
    (request,) = [body for action, body in stack.server.asked if action == "RunTask"]
    return request


def test_a_task_of_the_running_revision_gets_the_hash_and_never_the_password(
    stack: Stack, asked: list[tuple[str, ...]]
) -> None:
    done = stack.run(*ARGUMENTS)
    assert done.code == 0, done.said
    assert asked == [
        ("config", "get", "--stack", "staging", "--path", "plataforma:secrets.BROKER_PASSWORD")
    ]
    request = sent(stack)
    assert request["taskDefinition"] == stack.arn("backend", 1)
    network = request["networkConfiguration"]["awsvpcConfiguration"]
    assert network["securityGroups"] == [stack.group]
    (override,) = request["overrides"]["containerOverrides"]
    assert (override["name"], override["command"]) == ("backend", list(COMMAND))
    assert [variable["name"] for variable in override["environment"]] == ["BROKER_PASSWORD_HASH"]
    assert NEW not in str(request)
    assert "Deploy now" in done.out


@pytest.mark.usefixtures("asked")
def test_a_task_that_fails_says_what_to_do(stack: Stack) -> None:
    def fails() -> None:
        (task,) = tasks_of(CLUSTER)
        task.containers[0].exitCode = 1

    stack.clock.meanwhile.append(fails)
    done = stack.run(*ARGUMENTS)
    assert done.code == 1
    assert "backend exited with 1" in done.err
    assert "Deploy the earlier one, and rerun." in done.err


def test_what_amazon_mq_would_refuse_is_refused(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pulumi(*_: str, **__: Path) -> str:
        return "short"

    monkeypatch.setattr("delivery.commands.broker_password.pulumi", pulumi)
    done = stack.run(*ARGUMENTS)
    assert done.code == 2
    assert "plataforma:secrets.BROKER_PASSWORD has 5 characters. Allowed: 12 to 250." in done.err
    assert "RunTask" not in stack.server.said


@pytest.mark.usefixtures("asked")
def test_a_dry_run_changes_nothing(stack: Stack) -> None:
    done = stack.run(*ARGUMENTS, "--dry-run")
    assert done.code == 0, done.said
    assert "by a one-off task of plataforma-staging-backend:1" in done.out
    assert "RunTask" not in stack.server.said


# Against RabbitMQ


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with rabbitmq_server(tmp_path_factory.mktemp("rabbitmq")) as server:
        yield server


def change(server: RabbitmqServer, password: str) -> subprocess.CompletedProcess[str]:
    """What the task runs, with the variables that the service's container has."""
    environment = {
        "PATH": os.environ["PATH"],
        "BROKER_ENDPOINT": "amqps://b-1.mq.eu-west-1.on.aws:5671",
        "BROKER_MANAGEMENT_URL": server.url,
        "BROKER_USERNAME": USER,
        "BROKER_PASSWORD": password,
        "BROKER_PASSWORD_HASH": password_hash(NEW, b"salt"),
    }
    command = [program("node22"), *COMMAND[1:]]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.needs("rabbitmq", "node22")
def test_rabbitmq_takes_the_new_password_and_refuses_the_old_one(rabbitmq: RabbitmqServer) -> None:
    user = {"password": OLD, "tags": "administrator"}
    assert rabbitmq.call("PUT", f"users/{USER}", GUEST, GUEST, user) == 201
    done = change(rabbitmq, OLD)
    assert done.returncode == 0, done.stderr
    assert "RabbitMQ has the new password of plataforma" in done.stdout
    assert rabbitmq.call("GET", "whoami", USER, OLD) == 401
    assert rabbitmq.call("GET", "users", USER, NEW) == 200  # administrators alone may list users


@pytest.mark.needs("rabbitmq", "node22")
def test_a_service_that_has_the_new_password_already_changes_nothing(
    rabbitmq: RabbitmqServer,
) -> None:
    user = {"password": OLD, "tags": "administrator"}
    rabbitmq.call("PUT", f"users/{USER}", GUEST, GUEST, user)
    done = change(rabbitmq, NEW)
    assert done.returncode == 1
    assert "401" in done.stderr
    assert rabbitmq.call("GET", "whoami", USER, OLD) == 200
