"""Runs of a job's state machine, by moto's interpreter of the Amazon States Language.

ECS, SQS and Step Functions' own API are stand-ins here, which accept only what botocore's models
accept and answer in their form. A pause before a further attempt is noted, not waited for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import boto3
import botocore.session
import pytest
from botocore.validate import ParamValidator
from moto import mock_aws
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_callback,
    state_task_service_ecs,
    state_task_service_factory,
    state_task_service_sqs,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from tests.support import waiting

CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/plataforma-staging"
TASK = "arn:aws:ecs:eu-west-1:123456789012:task/plataforma-staging/"
ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


class TaskFailedError(Exception):
    """The end of a task that fails; moto takes every stopped task for a success."""


@dataclass
class Aws:
    """`attempts` are the ends of the run's tasks in turn: ok, fails or hangs. `others` are tasks of
    the job that run besides, `runs` other executions under way."""

    attempts: list[str] = field(default_factory=lambda: ["ok"])
    others: list[str] = field(default_factory=list[str])
    runs: int = 0
    asked: list[tuple[str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, dict[str, Any]]]
    )
    pauses: list[float] = field(default_factory=list[float])
    group: str = ""
    hanging: list[str] = field(default_factory=list[str])

    def said(self, action: str) -> list[dict[str, Any]]:
        return [sent for asked, sent in self.asked if asked == action]

    def answer(self, action: str, sent: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((action, sent))
        match action:
            case "ListExecutions":
                return {"executions": [{"name": str(n)} for n in range(self.runs + 1)]}
            case "ListTasks":
                return {"taskArns": [*self.others, *self.hanging]}
            case "RunTask":
                return self._run(sent)
            case "DescribeTasks":
                return {"tasks": [self._task(arn) for arn in sent["tasks"]]}
            case "StopTask":
                return {"task": self._task(sent["task"])}
            case _:
                return {"MessageId": "1"}

    def _run(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        self.group = sent["group"]
        end = self.attempts.pop(0)
        if end == "fails":
            raise TaskFailedError("report exited with 1")
        own = f"{TASK}own"
        self.hanging = [own] if end == "hangs" else []
        return {"tasks": [self._task(own)]}

    def _task(self, arn: str) -> dict[str, Any]:
        is_own = arn.endswith("own")
        return {
            "taskArn": arn,
            "clusterArn": CLUSTER,
            "group": self.group if is_own else "family:plataforma-staging-job-report",
            "lastStatus": "RUNNING" if arn in (*self.hanging, *self.others) else "STOPPED",
        }


class Client:
    """A client of one service, with the methods and the parameters that botocore knows."""

    def __init__(self, aws: Aws, service: str) -> None:
        self._aws, self._model = aws, botocore.session.get_session().get_service_model(service)
        self.meta = boto3.client(cast(Any, service), region_name="eu-west-1").meta

    def __getattr__(self, method: str) -> Any:
        action = self.meta.method_to_api_mapping[method]

        def call(**written: Any) -> dict[str, Any]:
            shape = cast(Any, self._model.operation_model(action).input_shape)
            sent = _in_case_of(shape, written)
            report = ParamValidator().validate(sent, shape)
            assert not report.has_errors(), report.generate_report()
            return _in_both_cases(self._aws.answer(action, sent))

        return call


def _in_case_of(shape: Any, value: Any) -> Any:
    """Step Functions has parameters and answers in PascalCase; moto does not convert them."""
    if shape.type_name == "list" and isinstance(value, list):
        return [_in_case_of(shape.member, item) for item in cast(list[Any], value)]
    if shape.type_name != "structure" or not isinstance(value, dict):
        return value
    names = {key: _member(shape, key) for key in cast(dict[str, Any], value)}
    return {
        name: _in_case_of(shape.members[name], value[key]) if name in shape.members else value[key]
        for key, name in names.items()
    }


def _in_both_cases(value: Any) -> Any:
    """moto itself reads answers in either."""
    if isinstance(value, list):
        return [_in_both_cases(item) for item in cast(list[Any], value)]
    if not isinstance(value, dict):
        return value
    made = {key: _in_both_cases(item) for key, item in cast(dict[str, Any], value).items()}
    return made | {key[0].upper() + key[1:]: item for key, item in made.items()}


def _member(shape: Any, key: str) -> str:
    return key if key in shape.members else key[0].lower() + key[1:]


class Ecs(state_task_service_ecs.StateTaskServiceEcs):
    """With what Step Functions makes of a task that exits with another code than 0."""

    def _from_error(self, env: Environment, ex: Exception) -> FailureEvent:
        is_failed = isinstance(ex, TaskFailedError)
        return _task_failed(env, ex) if is_failed else super()._from_error(env, ex)


def _task_failed(env: Environment, error: Exception) -> FailureEvent:
    failed = StatesErrorNameType.StatesTaskFailed
    details = TaskFailedEventDetails(
        resource="runTask.sync", resourceType="ecs", error=failed.to_name(), cause=str(error)
    )
    return FailureEvent(
        env=env,
        error_name=StatesErrorName(failed),
        event_type=HistoryEventType.TaskFailed,
        event_details=cast(Any, EventDetails)(taskFailedEventDetails=details),
    )


def run(definition: dict[str, Any], aws: Aws, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """DescribeExecution of a run that has ended."""

    def client(region: str, service: str, state_credentials: Any = None) -> Client:
        del region, state_credentials
        return Client(aws, service)

    for module in (
        state_task_service_aws_sdk,
        state_task_service_ecs,
        state_task_service_sqs,
    ):
        monkeypatch.setattr(module, "boto_client_for", client)
    monkeypatch.setattr(state_task_service_factory, "StateTaskServiceEcs", Ecs)
    monkeypatch.setattr(state_task_service_callback, "_DELAY_SECONDS_SYNC_CONDITION_CHECK", 0.01)
    monkeypatch.setattr(retrier_decl, "time", SimpleNamespace(sleep=aws.pauses.append))
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        states = boto3.client("stepfunctions", region_name="eu-west-1")
        machine = states.create_state_machine(
            name="job",
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::123456789012:role/x",
        )
        started = states.start_execution(stateMachineArn=machine["stateMachineArn"], name="run-1")
        arn = started["executionArn"]
        waiting.until(
            lambda: states.describe_execution(executionArn=arn)["status"] in ENDED, "the run ends"
        )
        return cast(dict[str, Any], states.describe_execution(executionArn=arn))
