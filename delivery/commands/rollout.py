"""Follows the rollouts of a stack until they end, and fails unless the expected revisions run then.
A rollback by the circuit breaker, an alarm or CodeDeploy is a failure."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.rollouts.codedeploy_watch import running_task_set, unfinished_deployment
from delivery.rollouts.follow import Result, Watch, default_timeout, follow
from delivery.rollouts.report import report
from delivery.rollouts.watch_for import watch_for
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import ServiceOutput, StackOutputs, read_outputs, short


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_outputs(parser)
    options.add_wait(parser)
    options.add_dry_run(parser)
    parser.add_argument(
        "--service",
        action="append",
        metavar="NAME",
        help="only this service; may be repeated (default: all services of the stack)",
    )


def run(args: argparse.Namespace, context: Context) -> int:
    outputs = read_outputs(args.outputs)
    services = {name: outputs.service(name) for name in args.service or outputs.services}
    aws = context.connect(outputs.region)
    if args.dry_run:
        for name, output in services.items():
            context.console.line(_plan(aws, outputs, name, output))
        return 0
    watches, failed = _watches(aws, context.console, outputs, services)
    deadline = Deadline(context.clock, args.timeout or default_timeout(services.values()))
    context.console.line(f"following {', '.join(services)} for at most {deadline.seconds:.0f} s")
    results = [*failed, *follow(watches, deadline, args.interval, context.console)]
    return report(results, "Rollout", context.console)


def _watches(
    aws: Aws, console: Console, outputs: StackOutputs, services: Mapping[str, ServiceOutput]
) -> tuple[list[Watch], list[Result]]:
    """A service that cannot be followed fails; the others are still followed."""
    watches: list[Watch] = []
    failed: list[Result] = []
    for name, output in services.items():
        try:
            watches.append(watch_for(aws, console, outputs, name, output.task_definition))
        except DeliveryError as error:
            failed.append(Result(name, False, str(error)))
    return watches, failed


def _plan(aws: Aws, outputs: StackOutputs, name: str, output: ServiceOutput) -> str:
    target = short(output.task_definition)
    if output.rollout != "codedeploy":
        return f"{name}: would follow ECS's {output.rollout} deployment to {target}"
    unfinished = unfinished_deployment(aws, output)
    if unfinished is not None:
        return f"{name}: would follow CodeDeploy deployment {unfinished[0]} to {target}"
    running = running_task_set(aws, outputs.cluster, output.service_name)
    if running == output.task_definition:
        return f"{name}: {target} runs already; would create no CodeDeploy deployment"
    return f"{name}: would create a CodeDeploy deployment from {short(running)} to {target}"
