"""Sets how many tasks a service has to run, at once, and waits until they run. The stack is not
changed, and Pulumi sees no drift.

Autoscaling may change the number again, within the service's scaling range. A key of the stack file
makes it permanent, and the command names it."""

from __future__ import annotations

import argparse

from delivery.context import Context
from delivery.rollouts.ecs_watch import describe_service
from delivery.rollouts.follow import default_timeout, follow
from delivery.rollouts.report import report
from delivery.rollouts.task_count_watch import TaskCountWatch
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.outputs import read_outputs
from settings.monitoring.images import NAMES as MONITORING_SERVICES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_outputs(parser)
    options.add_wait(parser)
    options.add_dry_run(parser)
    parser.add_argument(
        "--service", required=True, metavar="NAME", help="the service that gets the tasks"
    )
    parser.add_argument(
        "--tasks", required=True, type=_task_count, metavar="N", help="how many tasks, from 0 on"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    outputs = read_outputs(args.outputs)
    name, tasks, console = args.service, args.tasks, context.console
    output, aws = outputs.service(name), context.connect(outputs.region)
    before = describe_service(aws, outputs.cluster, output.service_name).get("desiredCount", 0)
    if args.dry_run:
        console.line(f"{name}: would set {tasks} tasks instead of {before}")
        return 0
    aws.ecs.update_service(cluster=outputs.cluster, service=output.service_name, desiredCount=tasks)
    console.line(f"{name}: set {tasks} tasks instead of {before}")
    console.warning(_not_permanent(name))
    watch = TaskCountWatch(aws, console, outputs.cluster, name, output.service_name, tasks)
    deadline = Deadline(context.clock, args.timeout or default_timeout([output]))
    return report(follow([watch], deadline, args.interval, console), "Scaling", console)


def _not_permanent(name: str) -> str:
    if name in MONITORING_SERVICES:
        keys = "plataforma:monitoring.replicas"
    else:
        keys = f"plataforma:services.{name}.scaling.min and scaling.max"
    return (
        f"{name}: the outputs do not hold the scaling range, so the number was not compared with "
        "it. Autoscaling may set another number within the range. To make the number permanent, "
        f"set {keys} in the stack file and deploy."
    )


def _task_count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of tasks, 0 or above")
    return int(text)
