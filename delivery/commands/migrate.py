"""Runs the stack's migrations as a one-off Fargate task, and fails unless they exit with 0.

The task starts once: the call has a client token, and a running task of the same revision is
followed instead of starting another."""

from __future__ import annotations

import argparse
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.rollouts.stop_reasons import NEVER_STARTED, advice, stop_reason
from delivery.rollouts.task_logs import TaskLogs, describe_task_definition
from delivery.rollouts.tasks import describe_tasks, task_id
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import Migrations, family_of, read_outputs, short

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import FailureTypeDef, TaskTypeDef

STARTED_BY = "plataforma-migrate"
TIMEOUT_SECONDS = 1800.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_outputs(parser)
    options.add_dry_run(parser)
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT_SECONDS,
        metavar="SECONDS",
        help="give up after this time; the task keeps running, since half a migration is worse "
        "than a late one (default: %(default)g)",
    )
    parser.add_argument(
        "--interval",
        type=float,
        default=options.POLL_SECONDS,
        metavar="SECONDS",
        help="the time between two polls (default: %(default)g)",
    )
    parser.add_argument(
        "--lines",
        type=int,
        default=50,
        help="the number of log lines to print at the end (default: %(default)s)",
    )
    parser.add_argument(
        "--if-running",
        choices=("refuse", "wait"),
        default="refuse",
        help="what to do if migrations of another revision are running (default: refuse)",
    )


def run(args: argparse.Namespace, context: Context) -> int:
    outputs = read_outputs(args.outputs)
    migrations, console = outputs.migrations, context.console
    aws = context.connect(outputs.region)
    running = _running(aws, migrations)
    if args.dry_run:
        console.line(_plan(migrations, running))
        return 0
    deadline = Deadline(context.clock, args.timeout)
    task = _of_this_revision(running, migrations)
    if task is not None:
        console.line(f"migrations: {_name(task)} of this revision already runs, following it")
    else:
        _wait_for_others(aws, migrations, running, args, deadline, console)
        task = _start(aws, migrations, context.environment)
        console.line(f"migrations: started {_name(task)} of {short(migrations.task_definition)}")
    ended = _wait_for_end(aws, migrations.cluster, task, args.interval, deadline, console)
    container = _container_name(aws, migrations)
    for line in TaskLogs(aws, args.lines).of(ended, [container]):
        console.line(line)
    failure = _failure(ended, container)
    took = f"{short(migrations.task_definition)}, {deadline.elapsed:.0f} s"
    if failure:
        console.summary(f"### Migrations\n\n**FAILED** ({took}): {failure}")
        raise DeliveryError(f"migrations: {failure}")
    console.summary(f"### Migrations\n\nok ({took})")
    console.line(f"migrations: exited with 0 after {deadline.elapsed:.0f} s")
    return 0


def _running(aws: Aws, migrations: Migrations) -> list[TaskTypeDef]:
    """Running tasks of the migrations, of any revision."""
    pages = aws.ecs.get_paginator("list_tasks").paginate(
        cluster=migrations.cluster,
        family=family_of(migrations.task_definition),
        desiredStatus="RUNNING",
    )
    arns = [arn for page in pages for arn in page["taskArns"]]
    tasks = describe_tasks(aws, migrations.cluster, arns)
    return [task for task in tasks if task.get("lastStatus") != "STOPPED"]


def _of_this_revision(running: Sequence[TaskTypeDef], migrations: Migrations) -> TaskTypeDef | None:
    target = migrations.task_definition
    return next((t for t in running if t.get("taskDefinitionArn") == target), None)


def _plan(migrations: Migrations, running: Sequence[TaskTypeDef]) -> str:
    command = " ".join(migrations.command)
    what = f"would run {short(migrations.task_definition)} (`{command}`)"
    if not running:
        return f"migrations: {what} in {migrations.cluster}"
    return f"migrations: {what}, but {_name(running[0])} already runs"


def _wait_for_others(
    aws: Aws,
    migrations: Migrations,
    running: Sequence[TaskTypeDef],
    args: argparse.Namespace,
    deadline: Deadline,
    console: Console,
) -> None:
    """Errors: DeliveryError if others run, unless --if-running wait."""
    if running and args.if_running == "refuse":
        other = running[0]
        revision = short(other.get("taskDefinitionArn", ""))
        raise DeliveryError(
            f"migrations: {_name(other)} of {revision} is already running in "
            f"{migrations.cluster}. Wait for its end, or rerun with --if-running wait."
        )
    for other in running:
        console.line(f"migrations: waiting for {_name(other)}, which already runs")
        _wait_for_end(aws, migrations.cluster, other, args.interval, deadline, console)


def _start(aws: Aws, migrations: Migrations, environment: Mapping[str, str]) -> TaskTypeDef:
    answer = aws.ecs.run_task(
        cluster=migrations.cluster,
        taskDefinition=migrations.task_definition,
        count=1,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": migrations.subnets,
                "securityGroups": migrations.security_groups,
                "assignPublicIp": migrations.assign_public_ip,
            }
        },
        startedBy=STARTED_BY,
        clientToken=client_token(migrations.task_definition, environment),
        propagateTags="TASK_DEFINITION",
    )
    if not answer["tasks"]:
        raise DeliveryError(f"migrations: did not start. {_explain(answer['failures'])}")
    return answer["tasks"][0]


def client_token(task_definition: str, environment: Mapping[str, str]) -> str:
    """The same for every call of one workflow attempt, so that these start one task; a rerun has
    another, so that it starts a new one. At most 64 characters."""
    run_id = environment.get("GITHUB_RUN_ID") or uuid.uuid4().hex
    parts = (task_definition, run_id, environment.get("GITHUB_RUN_ATTEMPT", ""))
    return "plataforma-" + hashlib.sha256(" ".join(parts).encode()).hexdigest()[:40]


def _explain(failures: Sequence[FailureTypeDef]) -> str:
    reason = "; ".join(f"{f.get('reason', '')} {f.get('detail', '')}".strip() for f in failures)
    return f"{reason or 'ECS gives no reason'}. {advice(reason)}".strip()


def _wait_for_end(
    aws: Aws, cluster: str, task: TaskTypeDef, interval: float, deadline: Deadline, console: Console
) -> TaskTypeDef:
    reported = ""
    while True:
        now = next(describe_tasks(aws, cluster, [task.get("taskArn", "")]), None)
        if now is None:
            raise DeliveryError(
                f"migrations: ECS no longer has {_name(task)} in {cluster}. Read its log lines in "
                "CloudWatch before you run it again."
            )
        status = now.get("lastStatus", "")
        if status != reported:
            console.line(f"migrations: {_name(task)} {status}")
            reported = status
        if status == "STOPPED":
            return now
        if deadline.passed:
            raise DeliveryError(
                f"migrations: {_name(task)} is {status} after {deadline.seconds:.0f} s and keeps "
                "running. Rerun to follow it further, or stop it: aws ecs stop-task --cluster "
                f"{cluster} --task {task_id(task)}"
            )
        deadline.pause(interval)


def _container_name(aws: Aws, migrations: Migrations) -> str:
    """The container that runs the migrations; another one may be a log router."""
    definition = describe_task_definition(aws, migrations.task_definition)
    containers = definition.get("containerDefinitions", [])
    own = [c for c in containers if list(c.get("command") or ()) == migrations.command]
    return (own or containers)[0].get("name", "")


def _failure(task: TaskTypeDef, container: str) -> str:
    """Why the migrations failed; empty if they did not."""
    reason = stop_reason(task)
    help_ = f" {advice(reason)}" if advice(reason) else ""
    if task.get("stopCode") == NEVER_STARTED:
        return f"the task never started: {reason}.{help_}"
    codes = [c.get("exitCode") for c in task.get("containers", ()) if c.get("name") == container]
    code = codes[0] if codes else None
    if code is None:
        return f"the task stopped and {container} has no exit code: {reason}.{help_}"
    if code != 0:
        return (
            f"{container} exited with {code}: {reason}.{help_} The services were not changed; fix "
            "the migration and rerun."
        )
    return ""


def _name(task: TaskTypeDef) -> str:
    return f"task {task_id(task)}"
