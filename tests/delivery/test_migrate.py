"""Migrations as a one-off task, against moto."""

from __future__ import annotations

import pytest

from delivery.commands.migrate import client_token
from tests.delivery.aws_server import Answer, denied, tasks_of, throttled
from tests.delivery.stack import CLUSTER, Stack


def _stops(stack: Stack, **stopped: object) -> None:
    """While the command waits, the task stops in a way that moto cannot."""

    def now() -> None:
        (task,) = tasks_of(CLUSTER)
        for name in ("stop_code", "stopped_reason"):
            if name in stopped:
                setattr(task, name, stopped[name])
        container = task.containers[0]
        container.exitCode = stopped.get("exit_code")
        container.reason = stopped.get("reason")

    stack.clock.meanwhile.append(now)


def _logs(stack: Stack, *lines: str) -> None:
    stack.clock.meanwhile.append(lambda: stack.log("migrations", tasks_of(CLUSTER)[0].id, *lines))


def test_the_task_runs_once_and_its_last_lines_are_printed(stack: Stack) -> None:
    _logs(stack, "applied 0007_orders", "done")
    done = stack.run("migrate")
    assert done.code == 0, done.said
    assert "  applied 0007_orders\n  done\n" in done.out
    assert "plataforma-staging-migrations:1" in done.summary
    (task,) = tasks_of(CLUSTER)
    assert (task.launch_type, task.started_by) == ("FARGATE", "plataforma-migrate")


def test_exit_code_1_fails_with_the_reason(stack: Stack) -> None:
    _stops(stack, exit_code=1)
    _logs(stack, "column orders.total does not exist")
    done = stack.run("migrate")
    assert done.code == 1
    assert "migrations exited with 1" in done.err
    assert "  column orders.total does not exist" in done.out
    assert "**FAILED**" in done.summary


@pytest.mark.parametrize(
    ("stopped", "expected"),
    [
        (
            {
                "stop_code": "TaskFailedToStart",
                "stopped_reason": "CannotPullContainerError: pull image manifest: 401 Unauthorized",
            },
            "the task never started: CannotPullContainerError: pull image manifest: "
            "401 Unauthorized. The image cannot be pulled",
        ),
        (
            {
                "stop_code": "TaskFailedToStart",
                "stopped_reason": "ResourceInitializationError: unable to pull secrets or registry "
                "auth: AccessDeniedException",
            },
            "A secret cannot be read",
        ),
        (
            {
                "stop_code": "TaskFailedToStart",
                "stopped_reason": "Capacity is unavailable at this time. Please try again later",
            },
            "Fargate has no capacity",
        ),
        (
            {"stop_code": "EssentialContainerExited", "reason": "OutOfMemoryError: killed"},
            "has no exit code: OutOfMemoryError: killed. The task ran out of memory",
        ),
        (
            {"stop_code": "SpotInterruption", "stopped_reason": "Spot"},
            "has no exit code: Spot",
        ),
    ],
)
def test_a_task_that_did_not_finish(
    stack: Stack, stopped: dict[str, object], expected: str
) -> None:
    _stops(stack, **stopped)
    done = stack.run("migrate")
    assert done.code == 1
    assert expected in done.err


def test_a_refused_start_reports_the_reason(stack: Stack) -> None:
    failure = {"arn": "arn:aws:ecs:eu-west-1:1:x", "reason": "Capacity is unavailable at this time"}
    stack.server.answer("RunTask", Answer({"tasks": [], "failures": [failure]}))
    done = stack.run("migrate")
    assert done.code == 1
    assert "did not start. Capacity is unavailable at this time. Fargate has no" in done.err


def test_migrations_that_already_run(stack: Stack) -> None:
    """Of the same revision: followed. Of another one: refused, or waited for."""

    def start() -> None:
        stack.ecs.run_task(
            cluster=CLUSTER,
            taskDefinition=f"{CLUSTER}-migrations:1",
            launchType="FARGATE",
            networkConfiguration=stack.network,
        )

    start()
    followed = stack.run("migrate")
    assert followed.code == 0, followed.said
    assert "already runs, following it" in followed.out
    assert len(tasks_of(CLUSTER)) == 1

    start()
    stack.outputs["migrations"]["taskDefinition"] = stack.register(
        "migrations", ["node", "dist/migrate.js"]
    )
    refused = stack.run("migrate")
    assert refused.code == 1
    assert "migrations:1 is already running in plataforma-staging" in refused.err
    waited = stack.run("migrate", "--if-running", "wait")
    assert waited.code == 0, waited.said
    assert len(tasks_of(CLUSTER)) == 3


def test_a_stack_without_migrations_starts_nothing(stack: Stack) -> None:
    del stack.outputs["migrations"]
    done = stack.run("migrate")
    assert (done.code, done.out) == (0, "migrations: the stack has none (plataforma:migrations)\n")
    assert not tasks_of(CLUSTER)


def test_a_dry_run_starts_nothing(stack: Stack) -> None:
    done = stack.run("migrate", "--dry-run")
    assert done.code == 0
    assert "would run plataforma-staging-migrations:1 (`node dist/migrate.js`)" in done.out
    assert not tasks_of(CLUSTER)


def test_a_time_out_leaves_the_task_running(stack: Stack) -> None:
    done = stack.run("migrate", "--timeout", "3", "--interval", "2")
    assert done.code == 1
    assert "aws ecs stop-task --cluster plataforma-staging --task" in done.err
    assert "StopTask" not in stack.server.said


def test_a_missing_permission_names_action_and_role(stack: Stack) -> None:
    stack.server.answer("RunTask", denied("ecs:RunTask"))
    done = stack.run("migrate")
    assert done.code == 2
    assert "may not call ecs:RunTask. Allow it in the role plataforma-staging-deploy" in done.err


def test_a_throttled_call_is_retried_with_the_same_token(stack: Stack) -> None:
    stack.server.answer("RunTask", throttled(), throttled(), None)
    assert stack.run("migrate").code == 0
    assert stack.server.said.count("RunTask") == 3
    tokens = {body["clientToken"] for action, body in stack.server.asked if action == "RunTask"}
    assert len(tokens) == 1


def test_lasting_throttling_is_reported(stack: Stack) -> None:
    stack.server.answer("ListTasks", throttled())
    done = stack.run("migrate")
    assert done.code == 1
    assert "AWS still throttles the call after 6 attempts" in done.err


def test_the_token_belongs_to_one_attempt() -> None:
    first = {"GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "1"}
    assert client_token("arn", first) == client_token("arn", first)
    assert client_token("arn", first) != client_token("arn", first | {"GITHUB_RUN_ATTEMPT": "2"})
    assert client_token("arn", {}) != client_token("arn", {})
    assert len(client_token("arn" * 100, first)) <= 64
