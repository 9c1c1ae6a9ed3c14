"""Scaling by hand, against moto; how the number of tasks changes is a RECORDED ANSWER, since moto
starts none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.delivery.aws_server import Answer, denied
from tests.delivery.stack import CLUSTER, Stack
from tests.delivery.test_rollout import by_code_deploy

INTERVAL = 3
SCALE = ("scale", "--service", "backend", "--tasks", "8")
PERMANENT = "set plataforma:services.backend.scaling.min and scaling.max in the stack file"


def counts(desired: int, running: int) -> Answer:
    service: dict[str, Any] = {
        "serviceName": "backend",
        "status": "ACTIVE",
        "desiredCount": desired,
        "runningCount": running,
        "pendingCount": max(desired - running, 0),
    }
    return Answer({"services": [service], "failures": []})


def play(stack: Stack, *seen: tuple[int, int]) -> None:
    """The desired and the running number, before the update and then poll by poll."""
    stack.server.answer("DescribeServices", *(counts(*numbers) for numbers in seen))


def sent(stack: Stack) -> list[Any]:
    return [body for action, body in stack.server.asked if action == "UpdateService"]


def test_the_number_is_set_at_once_and_waited_for(stack: Stack) -> None:
    """ECS shows the earlier number for one more poll."""
    play(stack, (2, 2), (2, 2), (8, 2), (8, 7), (8, 8))
    done = stack.run(*SCALE)
    assert done.code == 0, done.said
    assert sent(stack) == [{"cluster": CLUSTER, "service": "backend", "desiredCount": 8}]
    assert "backend: set 8 tasks instead of 2" in done.out
    assert "backend: 8 tasks run" in done.out
    assert "### Scaling" in done.summary
    assert stack.clock.seconds == 3 * INTERVAL


def test_it_says_that_autoscaling_may_change_the_number_and_how_to_make_it_permanent(
    stack: Stack,
) -> None:
    play(stack, (2, 2), (8, 8))
    done = stack.run(*SCALE)
    assert "Autoscaling may set another number within the range" in done.err
    assert "the outputs do not hold the scaling range" in done.err
    assert PERMANENT in done.err


def test_the_key_of_a_monitoring_service_is_the_monitorings_own(stack: Stack) -> None:
    stack.outputs["services"]["prometheus"] = stack.service_output("prometheus")
    done = stack.run("scale", "--service", "prometheus", "--tasks", "0")
    assert done.code == 0, done.said
    assert "set plataforma:monitoring.replicas in the stack file" in done.err


def test_a_number_that_autoscaling_has_changed_ends_the_wait(stack: Stack) -> None:
    play(stack, (2, 2), (8, 3), (5, 4))
    done = stack.run(*SCALE)
    assert done.code == 0, done.said
    assert "backend: autoscaling has set 5 tasks since" in done.out


def test_a_number_that_is_not_reached_fails(stack: Stack) -> None:
    play(stack, (2, 2), (8, 5))
    done = stack.run(*SCALE, "--timeout", "10")
    assert done.code == 1
    assert "backend: not finished after 10 s: 5 of 8 running, 3 pending" in done.err


def test_a_service_that_code_deploy_deploys_is_scaled_too(stack: Stack) -> None:
    by_code_deploy(stack)
    play(stack, (2, 2), (8, 8))
    assert stack.run(*SCALE).code == 0
    assert len(sent(stack)) == 1


def test_a_dry_run_sets_nothing(stack: Stack) -> None:
    play(stack, (2, 2))
    done = stack.run(*SCALE, "--dry-run")
    assert done.code == 0, done.said
    assert "backend: would set 8 tasks instead of 2" in done.out
    assert sent(stack) == []


@pytest.mark.parametrize("tasks", ["-1", "many", ""])
def test_what_is_no_number_of_tasks_is_refused(
    stack: Stack, tasks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        stack.run("scale", "--service", "backend", f"--tasks={tasks}")
    assert ended.value.code == 2
    assert f"--tasks: {tasks!r} is not a number of tasks" in capsys.readouterr().err
    assert sent(stack) == []


def test_a_missing_permission_is_said_in_plain_words(stack: Stack) -> None:
    play(stack, (2, 2))
    stack.server.answer("UpdateService", denied("ecs:UpdateService"))
    done = stack.run(*SCALE)
    assert done.code == 2
    assert "may not call ecs:UpdateService" in done.err
