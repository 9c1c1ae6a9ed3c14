"""A service that runs no task: its revision is tried with one. The service is moto's, which runs
none; what becomes of the task are RECORDED ANSWERS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.delivery.aws_server import Answer, denied
from tests.delivery.stack import CLUSTER, Stack

TASK = f"arn:aws:ecs:eu-west-1:123456789012:task/{CLUSTER}/trial"
CHECK = {"command": ["CMD", "check"]}
LAST_LINE = "TypeError: cannot read orders"


@pytest.fixture
def asleep(stack: Stack) -> Stack:
    """A worker without tasks, and with health checks of its containers but the log router's."""
    containers: list[dict[str, Any]] = [
        {"name": "worker", "image": "worker", "memory": 512, "healthCheck": CHECK},
        {"name": "log-router", "image": "fluent-bit", "memory": 64},
    ]
    logs = {"awslogs-group": "/plataforma/staging/worker", "awslogs-stream-prefix": "worker"}
    containers[0]["logConfiguration"] = {"logDriver": "awslogs", "options": logs}
    made = stack.ecs.register_task_definition(
        family=f"{CLUSTER}-worker", networkMode="awsvpc", containerDefinitions=containers
    )
    arn = str(made["taskDefinition"]["taskDefinitionArn"])
    stack.outputs["services"] = {"worker": stack.service_output("worker", arn)}
    stack.server.answer("ListServiceDeployments", Answer({"serviceDeployments": []}))
    stack.server.answer("RunTask", Answer({"tasks": [{"taskArn": TASK}], "failures": []}))
    stack.server.answer("StopTask", Answer({"task": {}}))
    stack.log("worker", "trial", LAST_LINE)
    return stack


def becomes(stack: Stack, *seen: tuple[str, str], **more: Any) -> None:
    """What becomes of the task: its status and the health of its checked container."""
    tasks = [
        {
            "taskArn": TASK,
            "taskDefinitionArn": stack.outputs["services"]["worker"]["taskDefinition"],
            "lastStatus": status,
            # As ECS computes it: one essential container has no check.
            "healthStatus": "UNKNOWN",
            "containers": [
                {"name": "worker", "healthStatus": health},
                {"name": "log-router", "healthStatus": "UNKNOWN"},
            ],
            **more,
        }
        for status, health in seen
    ]
    stack.server.answer(
        "DescribeTasks", *(Answer({"tasks": [task], "failures": []}) for task in tasks)
    )


def stopped(stack: Stack) -> list[str]:
    return [body["task"] for action, body in stack.server.asked if action == "StopTask"]


def test_a_revision_of_which_no_task_runs_is_tried_with_one(asleep: Stack) -> None:
    becomes(asleep, ("PENDING", "UNKNOWN"), ("RUNNING", "UNKNOWN"), ("RUNNING", "HEALTHY"))
    done = asleep.follow()
    assert done.code == 0, done.said
    assert "worker:1 works in a trial task; the service runs none now" in done.out
    (started,) = [body for action, body in asleep.server.asked if action == "RunTask"]
    assert started["taskDefinition"] == asleep.arn("worker", 1)
    assert started["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == [asleep.subnet]
    assert stopped(asleep) == [TASK]


def test_a_revision_whose_task_ends_is_red_with_its_last_lines(asleep: Stack) -> None:
    ended = {"stopCode": "EssentialContainerExited", "stoppedReason": "Essential container exited"}
    becomes(asleep, ("RUNNING", "UNKNOWN"), ("DEPROVISIONING", "UNKNOWN"), **ended)
    done = asleep.follow()
    assert done.code == 1
    assert "worker:1 does not work: its trial task trial failed" in done.err
    assert LAST_LINE in done.out
    assert not stopped(asleep)


def test_a_task_that_fails_its_health_check_is_red_and_stopped(asleep: Stack) -> None:
    becomes(asleep, ("RUNNING", "UNKNOWN"), ("RUNNING", "UNHEALTHY"))
    done = asleep.follow()
    assert done.code == 1
    assert LAST_LINE in done.out
    assert stopped(asleep) == [TASK]


def test_a_task_that_is_not_healthy_in_time_is_stopped(asleep: Stack) -> None:
    becomes(asleep, ("RUNNING", "UNKNOWN"))
    done = asleep.follow("--timeout", "30")
    assert done.code == 1
    assert "not finished after 30 s: trial task trial RUNNING UNKNOWN" in done.err
    assert stopped(asleep) == [TASK]


def test_a_task_that_cannot_be_stopped_is_named(asleep: Stack) -> None:
    asleep.server.answer("StopTask", denied("ecs:StopTask"))
    becomes(asleep, ("RUNNING", "HEALTHY"))
    done = asleep.follow()
    assert done.code == 0, done.said
    assert "the trial task still runs" in done.said
    assert f"aws ecs stop-task --cluster {CLUSTER} --task {TASK}" in done.said


def test_a_task_that_does_not_start_is_red(asleep: Stack) -> None:
    failure = {"reason": "Capacity is unavailable at this time."}
    asleep.server.answer("RunTask", Answer({"tasks": [], "failures": [failure]}))
    done = asleep.follow()
    assert done.code == 1
    assert "worker: did not start. Capacity is unavailable" in done.err
    assert not stopped(asleep)


def test_code_deploy_s_service_is_tried_too(asleep: Stack) -> None:
    output = asleep.outputs["services"]["worker"]
    output |= {
        "rollout": "codedeploy",
        "codeDeployApplication": f"{CLUSTER}-worker",
        "codeDeployDeploymentGroup": f"{CLUSTER}-worker",
        "appSpec": "{}",
    }
    asleep.server.answer("ListDeployments", Answer({"deployments": []}))
    becomes(asleep, ("RUNNING", "HEALTHY"))
    done = asleep.follow()
    assert done.code == 0, done.said
    assert "works in a trial task" in done.out
    assert stopped(asleep) == [TASK]
