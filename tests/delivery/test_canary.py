"""A canary that is rolled back is red, with a task's log lines, within ten seconds of its end on
the simulated clock. The stages are RECORDED ANSWERS, each the answer for as long as it lasts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.delivery.aws_server import RECORDED, Answer
from tests.delivery.stack import CLUSTER, Stack

SOON = 10
CANARY = 300
"""Seconds for which a tenth of the traffic goes to the new tasks, before an alarm goes off."""
BACK = 60
"""Seconds of the rollback."""
INTERVAL = 3
LAST_LINE = "TypeError: cannot read orders"


@pytest.fixture
def canary(stack: Stack) -> Stack:
    """A stack whose revision of the backend is 2, and its task `bad`."""
    stack.outputs["services"] = {"backend": stack.outputs["services"]["backend"]}
    stack.outputs["services"]["backend"]["taskDefinition"] = stack.register("backend")
    stack.log("backend", "bad", LAST_LINE)
    return stack


def recorded(stack: Stack, name: str) -> dict[str, list[Any]]:
    text = (RECORDED / f"{name}.json").read_text()
    for word, arn in (("WANTED", stack.arn("backend", 2)), ("OLD", stack.arn("backend", 1))):
        text = text.replace(f"<{word}>", arn)
    return json.loads(text)


def answer(stack: Stack, found: Mapping[str, Sequence[Any]]) -> None:
    """Each call with what was recorded of it, stage by stage."""
    for action, stages in found.items():
        if not action.startswith("_"):
            stack.server.answer(action, *map(Answer, stages))


def last(stack: Stack, action: str, stages: Sequence[Any], *seconds: int) -> None:
    """Each stage is answered for its seconds, the last one for ever."""
    answers = [
        Answer(stage)
        for stage, length in zip(stages, [*seconds, INTERVAL], strict=True)
        for _ in range(length // INTERVAL)
    ]
    stack.server.answer(action, *answers)


def task_bad(stack: Stack, **ended: Any) -> None:
    """The canary's task, as it is once the rollback has stopped it."""
    task = {
        "taskArn": f"arn:aws:ecs:eu-west-1:123456789012:task/{CLUSTER}/bad",
        "taskDefinitionArn": stack.arn("backend", 2),
        "lastStatus": "STOPPED",
        "containers": [{"name": "backend", **ended.pop("container", {})}],
        **ended,
    }
    stack.server.answer("ListTasks", Answer({"taskArns": [task["taskArn"]]}))
    stack.server.answer("DescribeTasks", Answer({"tasks": [task], "failures": []}))


FAILED = {
    "stopCode": "EssentialContainerExited",
    "stoppedReason": "Essential container in task exited",
    "container": {"exitCode": 1},
}
STOPPED = {
    "stopCode": "ServiceSchedulerInitiated",
    "stoppedReason": "Scaling activity initiated by (deployment ecs-svc/2)",
}
"""What an alarm ends: its tasks answer with errors, and run until the rollback stops them."""
ENDS = pytest.mark.parametrize(
    ("ended", "said"),
    [(FAILED, "task bad failed: Essential container in task exited (backend exited with 1)"),
     (STOPPED, "no task failed; task bad of the revision wrote at last:")],
    ids=["task-failed", "alarm"],
)  # fmt: skip


@ENDS
def test_a_canary_of_ecs(canary: Stack, ended: dict[str, Any], said: str) -> None:
    canary.outputs["services"]["backend"]["rollout"] = "blue-green"
    found = recorded(canary, "rolled_back")
    answer(canary, found)
    for action in ("DescribeServiceDeployments", "DescribeServices"):
        last(canary, action, found[action], CANARY, BACK)
    task_bad(canary, **ended)
    done = canary.follow()
    assert done.code == 1
    assert "the deployment was ROLLED BACK" in done.err
    assert said in done.out
    assert LAST_LINE in done.out
    assert CANARY + BACK <= canary.clock.seconds <= CANARY + BACK + SOON


@ENDS
def test_a_canary_of_ecs_that_ended_while_pulumi_waited(
    canary: Stack, ended: dict[str, Any], said: str
) -> None:
    canary.outputs["services"]["backend"] |= {"rollout": "blue-green"}
    wanted = canary.outputs["services"]["backend"]["taskDefinition"]
    canary.outputs["services"]["backend"]["taskDefinition"] = canary.arn("backend", 1)
    found = recorded(canary, "rolled_back")
    answer(canary, {action: stages[-1:] for action, stages in found.items()})
    task_bad(canary, **ended)
    done = canary.follow(backend=wanted)
    assert done.code == 1
    assert said in done.out
    assert LAST_LINE in done.out
    assert canary.clock.seconds <= SOON


@ENDS
def test_a_canary_of_code_deploy(canary: Stack, ended: dict[str, Any], said: str) -> None:
    found = recorded(canary, "codedeploy_rolled_back")
    canary.outputs["services"]["backend"] |= {
        "rollout": "codedeploy",
        "codeDeployApplication": f"{CLUSTER}-backend",
        "codeDeployDeploymentGroup": f"{CLUSTER}-backend",
        "appSpec": found["GetDeployment"][0]["deploymentInfo"]["revision"]["appSpecContent"][
            "content"
        ],
    }
    answer(canary, found)
    last(canary, "GetDeployment", found["GetDeployment"], CANARY, INTERVAL, BACK - INTERVAL)
    task_bad(canary, **ended)
    done = canary.follow()
    assert done.code == 1
    assert "its rollback d-BACK: Succeeded" in done.err
    assert said in done.out
    assert LAST_LINE in done.out
    assert CANARY + BACK <= canary.clock.seconds <= CANARY + BACK + SOON
