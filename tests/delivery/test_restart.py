"""Restarts, against moto; service deployments are RECORDED ANSWERS."""

from __future__ import annotations

import pytest

from tests.delivery.aws_server import Answer, denied, refused
from tests.delivery.stack import CLUSTER, Stack
from tests.delivery.test_rollout import by_code_deploy, play

INTERVAL = 3
RESTART = ("restart", "--service", "backend")


@pytest.fixture
def running(stack: Stack) -> Stack:
    """Revision 1 runs, and its restart ends well in three polls. The stack asks for revision 2,
    as after a rollback. ECS lists the restart only after two polls."""
    stack.outputs["services"]["backend"]["taskDefinition"] = stack.register("backend")
    play(stack, "rolling_well", WANTED=stack.arn("backend", 1), OLD=stack.arn("backend", 1))
    restart_is_listed_late(stack, deployments_before(stack))
    return stack


def deployments_before(stack: Stack) -> list[dict[str, object]]:
    """The recorded deployments without the restart."""
    (*_, listed) = stack.server.answers("ListServiceDeployments")
    assert listed is not None
    return [d for d in listed.body["serviceDeployments"] if d["createdAt"] < 1790000000]


def restart_is_listed_late(stack: Stack, before: list[dict[str, object]]) -> None:
    """One call of ListServiceDeployments before the update, two after it."""
    polls = 3
    listed = stack.server.answers("ListServiceDeployments")
    early = Answer({"serviceDeployments": before})
    stack.server.answer("ListServiceDeployments", *[early] * polls, *listed)
    if before:
        described = stack.server.answers("DescribeServiceDeployments")
        stack.server.answer("DescribeServiceDeployments", *[early] * polls, *described)


def test_a_restart_forces_a_deployment_of_the_running_revision_and_follows_it(
    running: Stack,
) -> None:
    done = running.run(*RESTART)
    assert done.code == 0, done.said
    (sent,) = [body for action, body in running.server.asked if action == "UpdateService"]
    assert sent == {
        "cluster": CLUSTER,
        "service": "backend",
        "taskDefinition": running.arn("backend", 1),
        "forceNewDeployment": True,
    }
    assert "replacing all tasks with new ones of plataforma-staging-backend:1" in done.out
    assert "backend: plataforma-staging-backend:1 runs, 2 tasks" in done.out
    assert "### Restart" in done.summary
    assert running.clock.seconds >= 2 * INTERVAL


def test_without_a_deployment_on_record_a_restart_waits_for_its_own(stack: Stack) -> None:
    """ECS shows the service as it was before the update: with all its tasks."""
    play(stack, "rolling_well", WANTED=stack.arn("backend", 1), OLD=stack.arn("backend", 1))
    (*_, ended) = stack.server.answers("DescribeServices")
    stack.server.answer("DescribeServices", ended)
    restart_is_listed_late(stack, [])
    done = stack.run(*RESTART)
    assert done.code == 0, done.said
    assert stack.clock.seconds >= 2 * INTERVAL


def test_a_restart_that_is_rolled_back_fails(stack: Stack) -> None:
    play(stack, "rolled_back", WANTED=stack.arn("backend", 1), OLD=stack.arn("backend", 1))
    stack.server.answer(
        "ListServiceDeployments",
        Answer({"serviceDeployments": []}),
        *stack.server.answers("ListServiceDeployments"),
    )
    done = stack.run(*RESTART)
    assert done.code == 1
    assert "the deployment was ROLLED BACK" in done.err
    assert "| **FAILED** | backend |" in done.summary


def test_a_dry_run_restarts_nothing(running: Stack) -> None:
    done = running.run(*RESTART, "--dry-run")
    assert done.code == 0, done.said
    assert "would replace all tasks with new ones of plataforma-staging-backend:1" in done.out
    assert "UpdateService" not in running.server.said


def test_a_service_that_code_deploy_deploys_is_refused_with_what_to_do(stack: Stack) -> None:
    by_code_deploy(stack)
    stack.server.asked.clear()
    done = stack.run(*RESTART)
    assert done.code == 2
    assert "CodeDeploy deploys this service" in done.err
    assert f"aws ecs stop-task --cluster {CLUSTER} --task ID" in done.err
    assert stack.server.asked == []


def test_an_unknown_service_is_refused(stack: Stack) -> None:
    done = stack.run("restart", "--service", "bakend")
    assert done.code == 2
    assert "--service bakend: the stack has no such service. It has: backend." in done.err


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (denied("ecs:UpdateService"), "may not call ecs:UpdateService"),
        (refused("InvalidParameterException", "no"), "UpdateService: InvalidParameterException"),
    ],
)
def test_what_ecs_refuses_is_said_in_plain_words(
    running: Stack, answer: Answer, expected: str
) -> None:
    running.server.answer("UpdateService", answer)
    done = running.run(*RESTART)
    assert done.code == 2
    assert expected in done.err
