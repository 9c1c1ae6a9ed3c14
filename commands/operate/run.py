"""Runs one command in a task of its own, prints its log as it comes, and ends with its exit code.
The task has the image, variables, secrets, rights and network of a service, or is that of a job.

Interrupted, or after --timeout, the task goes on; the last line says how to stop it."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands import INTERRUPTED
from commands.operate import options
from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.rollouts.ecs_watch import describe_service, running_revision
from delivery.rollouts.one_off_task import (
    OneOffTasks,
    exit_code_of,
    failure_of,
    name_of,
    run_request,
)
from delivery.rollouts.task_logs import LogTail, describe_task_definition, log_stream
from delivery.rollouts.tasks import task_id
from delivery.shared.clock import Deadline
from delivery.shared.console import Console
from delivery.shared.errors import InputError
from delivery.shared.options import POLL_SECONDS
from delivery.shared.outputs import Network, StackOutputs, short

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        ContainerOverrideTypeDef,
        RunTaskRequestTypeDef,
        TaskTypeDef,
    )

STARTED_BY = "plataforma-run"
LONGEST_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Target:
    """A task definition, and the container of it whose end and log count."""

    label: str
    network: Network
    task_definition: str
    container: str
    command: tuple[str, ...] = ()

    def request(self) -> RunTaskRequestTypeDef:
        request = run_request(self.network, self.task_definition, STARTED_BY)
        if self.command:
            own: ContainerOverrideTypeDef = {"name": self.container, "command": [*self.command]}
            request["overrides"] = {"containerOverrides": [own]}
        return request


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_stack(parser)
    options.add_service_or_job(parser)
    parser.add_argument(
        "--command",
        dest="words",
        default="",
        metavar="TEXT",
        help="the command and its arguments, quoted as in a shell, which does not read it; "
        "of a job, in place of its own",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=LONGEST_SECONDS,
        metavar="SECONDS",
        help="follow it no longer; the task goes on (default: %(default)g)",
    )


def run(args: argparse.Namespace, context: Context) -> int:
    outputs = options.stack_outputs(args)
    aws, console = context.connect(outputs.region), context.console
    target = _target(args, outputs, aws)
    tasks = OneOffTasks(aws, console, target.label, target.network.cluster)
    task = tasks.start(target.request())
    console.line(f"{target.label}: started {name_of(task)} of {short(target.task_definition)}")
    tail = _tail(aws, console, target, task)
    print_new = tail.print_new if tail else _no
    deadline = Deadline(context.clock, args.timeout)
    try:
        ended = tasks.wait_for_end(task, POLL_SECONDS, deadline, print_new)
    except KeyboardInterrupt:
        stop = f"aws ecs stop-task --cluster {tasks.cluster} --task {task_id(task)}"
        console.error(f"{target.label}: {name_of(task)} goes on. To stop it: {stop}")
        return INTERRUPTED
    # CloudWatch shows a line some seconds after it was written, the last ones after the task's end.
    context.clock.sleep(POLL_SECONDS)
    print_new()
    failure = failure_of(ended, target.container, "")
    if failure:
        console.error(f"{target.label}: {failure.strip()}")
        return exit_code_of(ended, target.container) or 1
    console.line(f"{target.label}: exited with 0 after {deadline.elapsed:.0f} s")
    return 0


def _target(args: argparse.Namespace, outputs: StackOutputs, aws: Aws) -> Target:
    words = _words(args.words)
    if args.job:
        job = outputs.job(args.job)
        return Target(args.job, job, job.task_definition, job.container, words)
    if not words:
        raise InputError(f'say what to run in {args.service}: CMD="node dist/migrate.js"')
    service = outputs.service(args.service)
    if service.network is None:
        raise InputError(
            f"the outputs name no network of {args.service}: they are of an older version. "
            "Deploy the stack once."
        )
    running = describe_service(aws, outputs.cluster, service.service_name)
    revision = running_revision(running) or service.task_definition
    return Target(args.service, service.network, revision, args.service, words)


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise InputError(f"--command {text!r}: {error}") from None


def _tail(aws: Aws, console: Console, target: Target, task: TaskTypeDef) -> LogTail | None:
    definition = describe_task_definition(aws, target.task_definition)
    place = log_stream(definition, target.container, task_id(task))
    return LogTail(aws, console, *place) if place else None


def _no() -> None:
    """Of a task definition that names no log."""
