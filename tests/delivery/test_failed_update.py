"""`delivery rollout` after a `pulumi up` that failed: the stack's outputs are those of the update
before, or there are none. What the state says then is shown by the engine itself:
tests/simulation/test_failed_rollout.py."""

from __future__ import annotations

import pytest

from tests.delivery.aws_server import Answer
from tests.delivery.stack import Stack

LAST_LINE = "TypeError: cannot read orders"


@pytest.fixture
def alone(stack: Stack) -> Stack:
    """A stack of the backend alone, whose task `bad` failed."""
    stack.outputs["services"] = {"backend": stack.outputs["services"]["backend"]}
    stack.log("backend", "bad", LAST_LINE)
    return stack


def play(stack: Stack, name: str, wanted: str) -> None:
    stack.server.play(name, WANTED=wanted, OLD=stack.arn("backend", 1))


def test_a_rollback_is_red_although_the_outputs_have_the_revision_that_runs(alone: Stack) -> None:
    wanted = alone.register("backend")
    play(alone, "rolled_back_before", wanted)
    done = alone.follow(backend=wanted)
    assert done.code == 1
    assert "the deployment was ROLLED BACK" in done.err
    assert (
        "Expected plataforma-staging-backend:2, running plataforma-staging-backend:1." in done.err
    )
    assert "`pulumi up` ended with: updating backend: rolled back" in done.out


def test_a_first_deployment_that_failed_shows_events_and_the_failing_task(alone: Stack) -> None:
    play(alone, "first_failed", alone.arn("backend", 1))
    done = alone.follow(deployed=False)
    assert done.code == 1
    assert (
        "the deployment FAILED: ECS deployment circuit breaker: tasks failed to start" in done.err
    )
    assert "task bad failed: Essential container in task exited (backend exited with 1)" in done.out
    assert LAST_LINE in done.out
    assert "(deployment ecs-svc/1) deployment failed: tasks failed to start." in done.out


def test_an_update_that_ended_before_a_service_is_red(alone: Stack) -> None:
    alone.outputs["services"]["backend"]["serviceName"] = ""
    done = alone.follow(deployed=False)
    assert done.code == 1
    assert "backend: `pulumi up` ended before it made the ECS service." in done.err


def test_a_failed_update_asks_code_deploy_for_nothing(alone: Stack) -> None:
    alone.outputs["services"]["backend"] |= {
        "rollout": "codedeploy",
        "codeDeployApplication": "a",
        "codeDeployDeploymentGroup": "g",
        "appSpec": "{}",
    }
    done = alone.follow(backend=alone.register("backend"))
    assert done.code == 1
    assert "no CodeDeploy deployment to plataforma-staging-backend:2 was created" in done.err
    assert "CreateDeployment" not in alone.server.said


def test_a_state_without_services_says_so(alone: Stack) -> None:
    alone.outputs["services"] = {}
    done = alone.follow(deployed=False)
    assert done.code == 2
    assert "has no service: `pulumi up` ended before it registered one" in done.err


def test_a_task_is_reported_once_its_stop_code_is_known(alone: Stack) -> None:
    """Behind a load balancer it drains for a while, DEACTIVATING, before it has one."""
    play(alone, "rolled_back", alone.register("backend"))
    alone.outputs["services"]["backend"]["taskDefinition"] = alone.arn("backend", 2)
    (ended,) = alone.server.answers("DescribeTasks")
    assert ended is not None
    (task,) = ended.body["tasks"]
    draining = {key: task[key] for key in ("taskArn", "taskDefinitionArn", "desiredStatus")}
    draining |= {"lastStatus": "DEACTIVATING", "containers": [{"name": "backend"}]}
    alone.server.answer("DescribeTasks", Answer({"tasks": [draining], "failures": []}), ended)
    done = alone.follow()
    assert done.code == 1
    assert "task bad failed: Essential container in task exited" in done.out
    assert LAST_LINE in done.out
