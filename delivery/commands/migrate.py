"""Runs the stack's migrations as a one-off Fargate task and fails unless they exit with 0.

Started once: the start carries a client token, and a task of the same revision that is running
already is followed in its place."""

from __future__ import annotations

import argparse
import hashlib
import uuid
from collections.abc import Mapping

from delivery.aws.clients import Aws
from delivery.aws.ecs import Container, Failure, Task
from delivery.aws.pages import pages
from delivery.context import Context
from delivery.rollouts.stop_reasons import NEVER_STARTED, advice, reasons
from delivery.rollouts.task_failures import described
from delivery.rollouts.task_logs import TaskLogs, definition_of
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import Migrations, family_of, read_outputs, short

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
        help="give up waiting after so long; the task is left running, since half a migration is "
        "worse than a late one (default: %(default)g)",
    )
    parser.add_argument("--interval", type=float, default=3.0, metavar="SECONDS")
    parser.add_argument(
        "--lines", type=int, default=50, help="how many of its last log lines (default: 50)"
    )
    parser.add_argument(
        "--if-running",
        choices=("refuse", "wait"),
        default="refuse",
        help="what to do when migrations of another revision run already (default: refuse)",
    )


def run(given: argparse.Namespace, context: Context) -> int:
    outputs = read_outputs(given.outputs)
    migrations, console = outputs.migrations, context.console
    aws = context.connect(outputs.region)
    running = _running(aws, migrations)
    if given.dry_run:
        console.line(_plan(migrations, running))
        return 0
    deadline = Deadline(context.clock, given.timeout)
    task = _adopted(running, migrations)
    if task is not None:
        console.line(f"migrations: {_id(task)} of this revision is running already, following it")
    else:
        _await_others(aws, migrations, running, given, deadline, console)
        task = _start(aws, migrations, context.environment)
        console.line(f"migrations: started {_id(task)} of {short(migrations.task_definition)}")
    ended = _await_end(aws, migrations.cluster, task, given.interval, deadline, console)
    name = _container_name(aws, migrations)
    for line in TaskLogs(aws, given.lines).of(ended, [name]):
        console.line(line)
    problem = _problem(ended, name)
    took = f"{short(migrations.task_definition)}, {deadline.elapsed:.0f} s"
    if problem:
        console.summary(f"### Migrations\n\n**FAILED** ({took}): {problem}")
        raise DeliveryError(f"migrations: {problem}")
    console.summary(f"### Migrations\n\nok ({took})")
    console.line(f"migrations: exited with 0 after {deadline.elapsed:.0f} s")
    return 0


def _running(aws: Aws, migrations: Migrations) -> list[Task]:
    """Tasks of the migrations' family, of whatever revision, that have not ended."""
    family = family_of(migrations.task_definition)
    arns = list(
        pages(
            aws.ecs.list_tasks,
            "taskArns",
            cluster=migrations.cluster,
            family=family,
            desiredStatus="RUNNING",
        )
    )
    tasks = described(aws, migrations.cluster, arns)
    return [task for task in tasks if task.get("lastStatus") != "STOPPED"]


def _adopted(running: list[Task], migrations: Migrations) -> Task | None:
    wanted = migrations.task_definition
    return next((t for t in running if t.get("taskDefinitionArn") == wanted), None)


def _plan(migrations: Migrations, running: list[Task]) -> str:
    command = " ".join(migrations.command)
    what = f"would run {short(migrations.task_definition)} (`{command}`)"
    if not running:
        return f"migrations: {what} in {migrations.cluster}"
    return f"migrations: {what}, but {_id(running[0])} is running already"


def _await_others(
    aws: Aws,
    migrations: Migrations,
    running: list[Task],
    given: argparse.Namespace,
    deadline: Deadline,
    console: Console,
) -> None:
    if running and given.if_running == "refuse":
        other = running[0]
        raise DeliveryError(
            f"migrations: {_id(other)} of {short(other['taskDefinitionArn'])} is already running "
            f"in {migrations.cluster}. Wait for its end, or rerun with --if-running wait."
        )
    for other in running:
        console.line(f"migrations: waiting for {_id(other)}, which runs already")
        _await_end(aws, migrations.cluster, other, given.interval, deadline, console)


def _start(aws: Aws, migrations: Migrations, environment: Mapping[str, str]) -> Task:
    network = {
        "subnets": migrations.subnets,
        "securityGroups": migrations.security_groups,
        "assignPublicIp": migrations.assign_public_ip,
    }
    answer = aws.ecs.run_task(
        cluster=migrations.cluster,
        taskDefinition=migrations.task_definition,
        count=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
        startedBy=STARTED_BY,
        clientToken=client_token(migrations.task_definition, environment),
        propagateTags="TASK_DEFINITION",
    )
    if not answer["tasks"]:
        raise DeliveryError(f"migrations: did not start. {_refusals(answer['failures'])}")
    return answer["tasks"][0]


def client_token(task_definition: str, environment: Mapping[str, str]) -> str:
    """The same for every try of one workflow attempt, so that it starts one task; another for a
    rerun, which is meant to start one again. At most 64 characters."""
    run_id = environment.get("GITHUB_RUN_ID") or uuid.uuid4().hex
    parts = (task_definition, run_id, environment.get("GITHUB_RUN_ATTEMPT", ""))
    return "plataforma-" + hashlib.sha256(" ".join(parts).encode()).hexdigest()[:40]


def _refusals(failures: object) -> str:
    found: list[Failure] = list(failures) if isinstance(failures, (list, tuple)) else []
    said = "; ".join(f"{f.get('reason', '')} {f.get('detail', '')}".strip() for f in found)
    return f"{said or 'ECS gives no reason'}. {advice(said)}".strip()


def _await_end(
    aws: Aws, cluster: str, task: Task, interval: float, deadline: Deadline, console: Console
) -> Task:
    told = ""
    while True:
        now = next(described(aws, cluster, [task["taskArn"]]), None)
        if now is None:
            raise DeliveryError(
                f"migrations: ECS no longer knows task {_id(task)} in {cluster}. Look at its log "
                "lines in CloudWatch before you run it again."
            )
        status = now.get("lastStatus", "")
        if status != told:
            console.line(f"migrations: {_id(task)} {status}")
            told = status
        if status == "STOPPED":
            return now
        if deadline.passed:
            raise DeliveryError(
                f"migrations: {_id(task)} is {status} after {deadline.seconds:.0f} s and is left "
                f"running. Rerun to follow it further, or stop it: aws ecs stop-task --cluster "
                f"{cluster} --task {_id(task)}"
            )
        deadline.pause(interval)


def _container_name(aws: Aws, migrations: Migrations) -> str:
    """The container that runs the migrations' command; beside it a log router may stand."""
    containers = definition_of(aws, migrations.task_definition).get("containerDefinitions", ())
    own = [c for c in containers if list(c.get("command") or ()) == migrations.command]
    return str((own or list(containers))[0]["name"])


def _problem(task: Task, name: str) -> str:
    """Why the migrations failed; empty where they did not."""
    said = reasons(task)
    help_ = f" {advice(said)}" if advice(said) else ""
    if task.get("stopCode") == NEVER_STARTED:
        return f"the task never started: {said}.{help_}"
    container: Container = next(
        (c for c in task.get("containers", ()) if c.get("name") == name), {"name": name}
    )
    code = container.get("exitCode")
    if code is None:
        return f"the task stopped and {name} has no exit code: {said}.{help_}"
    if code != 0:
        return (
            f"{name} exited with {code}: {said}.{help_} The services were not changed; mend the "
            "migration and rerun."
        )
    return ""


def _id(task: Task) -> str:
    return f"task {task['taskArn'].rpartition('/')[2]}"
