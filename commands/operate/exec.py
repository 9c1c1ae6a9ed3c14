"""Opens a shell, or another program, in a running task of a service, through ECS Exec.

It needs `plataforma:cluster.exec` and AWS's session-manager-plugin on PATH. The plugin does not
report the exit code of the command: use `make run` where it counts."""

from __future__ import annotations

import argparse
import json
import shutil
from typing import TYPE_CHECKING

from commands.operate import options
from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.rollouts.one_off_task import name_of
from delivery.rollouts.tasks import describe_tasks, list_tasks, task_id
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.outputs import StackOutputs
from simulation.cli import running

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ExecuteCommandResponseTypeDef, TaskTypeDef

PLUGIN = "session-manager-plugin"
SHELL = "/bin/sh"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_stack(parser)
    parser.add_argument("--service", required=True, metavar="NAME", help="a service of the stack")
    parser.add_argument("--task", default="", metavar="ID", help="default: the newest that runs")
    parser.add_argument("--container", default="", metavar="NAME", help="default: the service's")
    parser.add_argument(
        "--command", dest="words", default=SHELL, metavar="TEXT", help="default: %(default)s"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    if shutil.which(PLUGIN) is None:
        raise InputError(
            f"{PLUGIN} is not on PATH. How to install it: AWS Systems Manager User Guide, "
            '"Install the Session Manager plugin for the AWS CLI".'
        )
    outputs = options.stack_outputs(args)
    aws = context.connect(outputs.region)
    task = _task(args, outputs, aws)
    container = args.container or args.service
    target = f"ecs:{outputs.cluster}_{task_id(task)}_{_runtime_id(task, container)}"
    context.console.line(f"{args.service}: {args.words} in {container} of {name_of(task)}")
    if args.words == SHELL:
        context.console.line(
            f"an image without a shell answers that {SHELL} is no such file: give a program that "
            "it has, such as CMD=node"
        )
    answer = aws.ecs.execute_command(
        cluster=outputs.cluster,
        task=task.get("taskArn", ""),
        container=container,
        command=args.words,
        interactive=True,
    )
    return _session(answer, target, outputs.region, aws, context)


def _task(args: argparse.Namespace, outputs: StackOutputs, aws: Aws) -> TaskTypeDef:
    service = outputs.service(args.service).service_name
    arns = list_tasks(aws, outputs.cluster, service, "RUNNING")
    running = [
        task
        for task in describe_tasks(aws, outputs.cluster, arns)
        if task.get("lastStatus") == "RUNNING" and task_id(task).startswith(args.task)
    ]
    if not running:
        which = f"task {args.task}" if args.task else "task"
        raise DeliveryError(f"{args.service} has no running {which} in {outputs.cluster}.")
    able = [task for task in running if task.get("enableExecuteCommand")]
    if not able:
        raise InputError(
            f"the tasks of {args.service} run without ECS Exec: set plataforma:cluster.exec to "
            "true and deploy."
        )
    return max(able, key=lambda task: str(task.get("startedAt", "")))


def _runtime_id(task: TaskTypeDef, container: str) -> str:
    ids = {c.get("name", ""): c.get("runtimeId", "") for c in task.get("containers", ())}
    if container not in ids:
        known = ", ".join(sorted(ids))
        raise InputError(f"--container {container}: the task has no such container: {known}.")
    return ids[container]


def _session(
    answer: ExecuteCommandResponseTypeDef, target: str, region: str, aws: Aws, context: Context
) -> int:
    """Hands the terminal to the plugin, interrupts too. Source of its arguments: aws-cli,
    awscli/customizations/ecs/executecommand.py."""
    profile = context.environment.get("AWS_PROFILE", "")
    words = [json.dumps(answer["session"]), region, "StartSession", profile]
    words += [json.dumps({"Target": target}), aws.ecs.meta.endpoint_url]
    return running.run([PLUGIN, *words]).returncode
