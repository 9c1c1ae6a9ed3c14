"""Follows the rollouts of a stack until they end, and fails unless the revisions run then that the
last `pulumi up` asked for, whether it succeeded or not. A rollback by the circuit breaker, an alarm
or CodeDeploy is a failure. The revision of a service that runs no task is tried with one task."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.rollouts.codedeploy_watch import running_task_set, unfinished_deployment
from delivery.rollouts.ecs_watch import EcsWatch
from delivery.rollouts.follow import Result, Watch, follow
from delivery.rollouts.report import report
from delivery.rollouts.watch_for import watch_for
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.outputs import StackOutputs, short
from delivery.shared.stack_state import AskedService, StackState, read_state


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_state(parser)
    options.add_wait(parser, default="the longest that Pulumi waits for one of the services")
    options.add_dry_run(parser)
    parser.add_argument(
        "--service",
        action="append",
        metavar="NAME",
        help="only this service; may be repeated (default: all services of the stack)",
    )


def run(args: argparse.Namespace, context: Context) -> int:
    state = read_state(args.state)
    services = _services(state, args.service)
    aws = context.connect(state.region)
    if args.dry_run:
        for service in services:
            context.console.line(_plan(aws, state, service))
        return 0
    watches, failed = _watches(aws, context.console, state, services)
    timeout = args.timeout or max(service.timeout_seconds for service in services)
    deadline = Deadline(context.clock, timeout)
    names = ", ".join(service.name for service in services)
    context.console.line(f"following {names} for at most {deadline.seconds:.0f} s")
    results = [*failed, *follow(watches, deadline, args.interval, context.console)]
    return report(results, "Rollout", context.console)


def _services(state: StackState, names: Sequence[str] | None) -> list[AskedService]:
    """Errors: InputError for an unknown name, or where the state has no service."""
    services = state.services()
    if not services or not state.region:
        raise InputError(
            f"{state.source} has no service: `pulumi up` ended before it registered one. "
            "Read its error."
        )
    unknown = [name for name in names or () if name not in services]
    if unknown:
        known = ", ".join(services)
        raise InputError(f"--service {unknown[0]}: the stack has no such service. It has: {known}.")
    return [services[name] for name in names or services]


def _watches(
    aws: Aws, console: Console, state: StackState, services: Sequence[AskedService]
) -> tuple[list[Watch], list[Result]]:
    """A service that cannot be followed fails; the others are still followed."""
    watches: list[Watch] = []
    failed: list[Result] = []
    for service in services:
        for error in service.errors:
            console.line(f"{service.name}: `pulumi up` ended with: {error}")
        try:
            watches.append(_watch(aws, console, state, service))
        except DeliveryError as error:
            failed.append(Result(service.name, False, str(error)))
    return watches, failed


def _watch(aws: Aws, console: Console, state: StackState, service: AskedService) -> Watch:
    """Errors: DeliveryError if there is no rollout to follow."""
    name, target = service.name, service.task_definition
    if not (target and service.service_name):
        missing = "ECS service" if target else "task definition"
        raise DeliveryError(f"{name}: `pulumi up` ended before it made the {missing}.")
    if service.by_code_deploy:
        return watch_for(aws, console, _outputs(state, service), name, target)
    return EcsWatch(aws, console, service.cluster, name, service.service_name, target)


def _outputs(state: StackState, service: AskedService) -> StackOutputs:
    """The stack's outputs with the AppSpec of what was asked for.

    Errors: DeliveryError if the update failed before it wrote them.
    """
    name, outputs = service.name, state.outputs
    has = outputs.services[name].task_definition if outputs and name in outputs.services else ""
    if outputs is None or has != service.task_definition:
        raise DeliveryError(
            f"{name}: `pulumi up` failed, so no CodeDeploy deployment to "
            f"{short(service.task_definition)} was created."
        )
    return outputs


def _plan(aws: Aws, state: StackState, service: AskedService) -> str:
    name, target = service.name, short(service.task_definition)
    if not service.by_code_deploy:
        return f"{name}: would follow ECS's deployment to {target}"
    outputs = _outputs(state, service)
    output = outputs.services[name]
    unfinished = unfinished_deployment(aws, output)
    if unfinished is not None:
        return f"{name}: would follow CodeDeploy deployment {unfinished[0]} to {target}"
    running = running_task_set(aws, outputs.cluster, output.service_name)
    if running == service.task_definition:
        return f"{name}: {target} runs already; would create no CodeDeploy deployment"
    return f"{name}: would create a CodeDeploy deployment from {short(running)} to {target}"
