"""The state machine of one run of a job: overlap, attempts, timeout, dead letter.

Sources: Step Functions Developer Guide, "Run Amazon ECS or Fargate tasks with Step Functions" (a
task that exits with another code than 0 fails its state) and "Handling errors in Step Functions
workflows" (States.TaskFailed stands for every error but States.Timeout). A run that is stopped
stops its task ("Run a Job (.sync)"); of a state that times out AWS does not say so, so its task is
stopped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from settings.service.jobs import JobSettings

RETRY_SECONDS = 30
BACKOFF_RATE = 2
# ECS placed no task: "If a non-empty Failures field is encountered, the task is failed with an
# AmazonECS.Unknown error". Nothing has run, so that even a job without retries may start again.
NOT_PLACED = {
    "ErrorEquals": ["AmazonECS.Unknown"],
    "IntervalSeconds": RETRY_SECONDS,
    "BackoffRate": BACKOFF_RATE,
    "MaxAttempts": 3,
}


@dataclass(frozen=True)
class RunArgs:
    """`name` is the job's, `family` that of its task definition; `queue_url` the queue of its dead
    letters."""

    name: str
    settings: JobSettings
    partition: str
    cluster_name: pulumi.Input[str]
    family: str
    task_definition_arn: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[str]]
    security_group_id: pulumi.Input[str]
    assign_public_ip: bool
    queue_url: pulumi.Input[str]


def definition(args: RunArgs) -> dict[str, Any]:
    """In the Amazon States Language."""
    forbids = args.settings.overlap == "forbid"
    first = _overlap_states(args) if forbids else {}
    states = {**first, "Run": _run(args), **_timeout_states(args), **_failure_states(args)}
    return {"StartAt": "ListRuns" if forbids else "Run", "States": states}


def _overlap_states(args: RunArgs) -> dict[str, Any]:
    """Skips a run while another one goes on, or a task that was started by hand."""
    own_runs = {"StateMachineArn.$": "$$.StateMachine.Id", "StatusFilter": "RUNNING"}
    return {
        "ListRuns": _call(args, "sfn:listExecutions", own_runs, "Next", "ListTasks", "$.runs"),
        "ListTasks": _list_tasks(args, "IsRunning"),
        "IsRunning": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.runs.Executions[1]", "IsPresent": True, "Next": "Skipped"},
                {"Variable": "$.tasks.TaskArns[0]", "IsPresent": True, "Next": "Skipped"},
            ],
            "Default": "Run",
        },
        "Skipped": {"Type": "Succeed"},
    }


def _run(args: RunArgs) -> dict[str, Any]:
    network = {
        "Subnets": args.subnet_ids,
        "SecurityGroups": [args.security_group_id],
        "AssignPublicIp": "ENABLED" if args.assign_public_ip else "DISABLED",
    }
    failed = {
        "ErrorEquals": ["States.TaskFailed"],
        "IntervalSeconds": RETRY_SECONDS,
        "BackoffRate": BACKOFF_RATE,
        "MaxAttempts": args.settings.retries,
    }
    return {
        "Type": "Task",
        "Resource": f"arn:{args.partition}:states:::ecs:runTask.sync",
        "Parameters": {
            "Cluster": args.cluster_name,
            "TaskDefinition": args.task_definition_arn,
            "LaunchType": "FARGATE",
            # By which a run finds its own task.
            "Group.$": "$$.Execution.Name",
            "PropagateTags": "TASK_DEFINITION",
            "NetworkConfiguration": {"AwsvpcConfiguration": network},
        },
        "TimeoutSeconds": args.settings.timeout_seconds,
        "Retry": [NOT_PLACED, failed],
        "Catch": [
            {"ErrorEquals": ["States.Timeout"], "ResultPath": "$.failure", "Next": "ListLate"},
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "DeadLetter"},
        ],
        "End": True,
    }


def _timeout_states(args: RunArgs) -> dict[str, Any]:
    """Stops the tasks of this run, and no other's."""
    stop = {
        "Cluster": args.cluster_name,
        "Task.$": "$.task",
        "Reason": f"job {args.name} exceeded {args.settings.timeout_seconds} s",
    }
    of_this_run = {"Variable": "$.group", "StringEqualsPath": "$.run", "Next": "Stop"}
    tasks = {"Cluster": args.cluster_name, "Tasks.$": "$.tasks.TaskArns"}
    return {
        "ListLate": {**_list_tasks(args, "DescribeLate"), "Catch": [_to_dead_letter()]},
        # Without a task that runs the call fails: "Tasks cannot be empty".
        "DescribeLate": {
            **_call(args, "ecs:describeTasks", tasks, "Next", "StopLate", "$.late"),
            "Catch": [_to_dead_letter()],
        },
        "StopLate": {
            "Type": "Map",
            "ItemsPath": "$.late.Tasks",
            "ItemSelector": {
                "task.$": "$$.Map.Item.Value.TaskArn",
                "group.$": "$$.Map.Item.Value.Group",
                "run.$": "$$.Execution.Name",
            },
            "ItemProcessor": {
                "StartAt": "IsLate",
                "States": {
                    "IsLate": {"Type": "Choice", "Choices": [of_this_run], "Default": "NotLate"},
                    "Stop": _call(args, "ecs:stopTask", stop, "End", True, "$.stopped"),
                    "NotLate": {"Type": "Pass", "End": True},
                },
            },
            "ResultPath": "$.stopped",
            "Catch": [_to_dead_letter()],
            "Next": "DeadLetter",
        },
    }


def _failure_states(args: RunArgs) -> dict[str, Any]:
    """The execution fails whether or not its dead letter could be sent: the alarm counts that."""
    letter = {
        "job": args.name,
        "execution.$": "$$.Execution.Id",
        "started.$": "$$.Execution.StartTime",
        "failure.$": "$.failure",
    }
    return {
        "DeadLetter": {
            "Type": "Task",
            "Resource": f"arn:{args.partition}:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": args.queue_url, "MessageBody": letter},
            "ResultPath": "$.letter",
            "Retry": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "IntervalSeconds": RETRY_SECONDS,
                    "BackoffRate": BACKOFF_RATE,
                    "MaxAttempts": 3,
                }
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.letter", "Next": "Failed"}],
            "Next": "Failed",
        },
        "Failed": {
            "Type": "Fail",
            "Error": "JobFailed",
            "Cause": f"Job {args.name} failed: its dead letter and its log say why.",
        },
    }


def _to_dead_letter() -> dict[str, Any]:
    return {"ErrorEquals": ["States.ALL"], "ResultPath": "$.unstopped", "Next": "DeadLetter"}


def _list_tasks(args: RunArgs, next_state: str) -> dict[str, Any]:
    """Tasks of the job that run or start, whoever started them."""
    parameters = {
        "Cluster": args.cluster_name,
        "Family": args.family,
        "DesiredStatus": "RUNNING",
    }
    return _call(args, "ecs:listTasks", parameters, "Next", next_state, "$.tasks")


def _call(
    args: RunArgs, action: str, parameters: dict[str, Any], then: str, what: object, path: str
) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:{args.partition}:states:::aws-sdk:{action}",
        "Parameters": parameters,
        "ResultPath": path,
        then: what,
    }
