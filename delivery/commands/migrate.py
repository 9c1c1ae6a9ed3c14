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
from delivery.rollouts.one_off_task import OneOffTasks, failure_of, name_of, run_request
from delivery.rollouts.task_logs import TaskLogs, describe_task_definition
from delivery.rollouts.tasks import describe_tasks
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import Migrations, family_of, read_outputs, short

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef

STARTED_BY = "plataforma-migrate"
TIMEOUT_SECONDS = 1800.0
AFTER_FAILURE = "The services were not changed; fix the migration and rerun."


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
    if migrations is None:
        console.line("migrations: the stack has none (plataforma:migrations)")
        return 0
    aws = context.connect(outputs.region)
    running = _running(aws, migrations)
    if args.dry_run:
        console.line(_plan(migrations, running))
        return 0
    deadline = Deadline(context.clock, args.timeout)
    tasks = OneOffTasks(aws, console, "migrations", migrations.cluster, rerun_follows=True)
    task = _of_this_revision(running, migrations)
    if task is not None:
        console.line(f"migrations: {name_of(task)} of this revision already runs, following it")
    else:
        _wait_for_others(tasks, running, args, deadline)
        task = _start(tasks, migrations, context.environment)
        console.line(f"migrations: started {name_of(task)} of {short(migrations.task_definition)}")
    ended = tasks.wait_for_end(task, args.interval, deadline)
    container = _container_name(aws, migrations)
    for line in TaskLogs(aws, args.lines).of(ended, [container]):
        console.line(line)
    failure = failure_of(ended, container, AFTER_FAILURE)
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
    return f"migrations: {what}, but {name_of(running[0])} already runs"


def _wait_for_others(
    tasks: OneOffTasks,
    running: Sequence[TaskTypeDef],
    args: argparse.Namespace,
    deadline: Deadline,
) -> None:
    """Errors: DeliveryError if others run, unless --if-running wait."""
    if running and args.if_running == "refuse":
        other = running[0]
        revision = short(other.get("taskDefinitionArn", ""))
        raise DeliveryError(
            f"migrations: {name_of(other)} of {revision} is already running in "
            f"{tasks.cluster}. Wait for its end, or rerun with --if-running wait."
        )
    for other in running:
        tasks.console.line(f"migrations: waiting for {name_of(other)}, which already runs")
        tasks.wait_for_end(other, args.interval, deadline)


def _start(
    tasks: OneOffTasks, migrations: Migrations, environment: Mapping[str, str]
) -> TaskTypeDef:
    token = client_token(migrations.task_definition, environment)
    return tasks.start(run_request(migrations, migrations.task_definition, STARTED_BY, token))


def client_token(task_definition: str, environment: Mapping[str, str]) -> str:
    """The same for every call of one workflow attempt, so that these start one task; a rerun has
    another, so that it starts a new one. At most 64 characters."""
    run_id = environment.get("GITHUB_RUN_ID") or uuid.uuid4().hex
    parts = (task_definition, run_id, environment.get("GITHUB_RUN_ATTEMPT", ""))
    return "plataforma-" + hashlib.sha256(" ".join(parts).encode()).hexdigest()[:40]


def _container_name(aws: Aws, migrations: Migrations) -> str:
    """The container that runs the migrations; another one may be a log router."""
    definition = describe_task_definition(aws, migrations.task_definition)
    containers = definition.get("containerDefinitions", [])
    own = [c for c in containers if list(c.get("command") or ()) == migrations.command]
    return (own or containers)[0].get("name", "")
