"""Follows the rollouts of a stack until they end, and fails unless the expected revisions run then.
A rollback by the circuit breaker, an alarm or CodeDeploy is a failure."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence

from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.rollouts.codedeploy_watch import (
    CodeDeployWatch,
    create,
    running_task_set,
    unfinished_deployment,
)
from delivery.rollouts.ecs_watch import EcsWatch
from delivery.rollouts.follow import Result, Watch, follow
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import ServiceOutput, StackOutputs, read_outputs, short

MARGIN_SECONDS = 600
WAITS = 3
"""A healthy rollout, one that fails, and its rollback."""


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


def default_timeout(services: Iterable[ServiceOutput]) -> float:
    """Seconds. Services roll out at the same time, so the slowest one counts."""
    return WAITS * max(service.deploy_wait_seconds for service in services) + MARGIN_SECONDS


def watch_for(
    aws: Aws,
    console: Console,
    outputs: StackOutputs,
    name: str,
    target: str,
    after: str = "",
) -> Watch:
    """The watch for the service's strategy. With CodeDeploy, creates the deployment to `target`
    unless it runs already or is in progress. `after`: see EcsWatch.

    Errors: DeliveryError if another CodeDeploy deployment is in progress.
    """
    output = outputs.services[name]
    if output.rollout != "codedeploy":
        cluster, service = outputs.cluster, output.service_name
        return EcsWatch(aws, console, cluster, name, service, target, after)
    deployment = _code_deployment(aws, console, outputs, name, target)
    return CodeDeployWatch(aws, console, outputs.cluster, name, output, target, deployment)


def report(results: Sequence[Result], title: str, console: Console) -> int:
    """Prints how the rollouts ended; returns the exit code."""
    rows = [
        f"| {'ok' if r.ok else '**FAILED**'} | {r.service} | {_cell(r.message)} | {r.seconds:.0f} |"
        for r in results
    ]
    head = [f"### {title}", "", "| | Service | Result | Seconds |", "|---|---|---|---|"]
    console.summary("\n".join([*head, *rows]))
    failed = [result for result in results if not result.ok]
    for result in failed:
        console.error(result.message)
    if not failed:
        console.line(f"{title.lower()}: {len(results)} of {len(results)} succeeded")
    return int(bool(failed))


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


def _code_deployment(
    aws: Aws, console: Console, outputs: StackOutputs, name: str, target: str
) -> str | None:
    """The id of the deployment to follow; None if the target runs already."""
    output = outputs.services[name]
    unfinished = unfinished_deployment(aws, output)
    if unfinished is not None:
        deployment, other = unfinished
        if other != target:
            raise DeliveryError(
                f"{name}: CodeDeploy deployment {deployment} to "
                f"{short(other) or 'an unknown revision'} is already running; expected "
                f"{short(target)}. Wait for it or stop it, then rerun."
            )
        console.line(f"{name}: CodeDeploy deployment {deployment} is in progress, following it")
        return deployment
    if running_task_set(aws, outputs.cluster, output.service_name) == target:
        return None
    deployment = create(aws, output, target)
    console.line(f"{name}: created CodeDeploy deployment {deployment} to {short(target)}")
    return deployment


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


def _cell(text: str) -> str:
    """Text escaped for a cell of a Markdown table."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return escaped.replace("\n", " ").replace("`", "'")
