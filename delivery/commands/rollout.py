"""Follows the rollouts that a stack asks for to their ends; fails unless what runs is what was
asked for. A rollback by the circuit breaker, an alarm or CodeDeploy is a failure."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence

from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.rollouts import codedeploy_watch
from delivery.rollouts.codedeploy_watch import CodeDeployWatch
from delivery.rollouts.ecs_watch import EcsWatch
from delivery.rollouts.follow import Result, Watch, follow
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import ServiceOutput, StackOutputs, read_outputs, short

MARGIN_SECONDS = 600
TIMES = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_outputs(parser)
    options.add_following(parser)
    options.add_dry_run(parser)
    parser.add_argument(
        "--service",
        action="append",
        metavar="NAME",
        help="only this service of the stack; may be repeated (default: all)",
    )


def run(given: argparse.Namespace, context: Context) -> int:
    outputs = read_outputs(given.outputs)
    services = chosen(outputs, given.service)
    aws = context.connect(outputs.region)
    if given.dry_run:
        for name, output in services.items():
            context.console.line(_plan(aws, outputs, name, output))
        return 0
    watches, refused = _watches(aws, context.console, outputs, services)
    deadline = Deadline(context.clock, given.timeout or default_timeout(services.values()))
    context.console.line(f"following {', '.join(services)} for at most {deadline.seconds:.0f} s")
    results = [*refused, *follow(watches, deadline, given.interval, context.console)]
    return concluded(results, "Rollout", context.console)


def chosen(outputs: StackOutputs, names: Sequence[str] | None) -> dict[str, ServiceOutput]:
    """Errors: InputError for a service that the stack does not have."""
    return {name: outputs.service(name) for name in names or outputs.services}


def default_timeout(services: Iterable[ServiceOutput]) -> float:
    """Seconds: services roll at the same time, so the slowest counts."""
    return TIMES * max(service.deploy_wait_seconds for service in services) + MARGIN_SECONDS


def watch_of(
    aws: Aws,
    console: Console,
    outputs: StackOutputs,
    name: str,
    wanted: str,
    after: str = "",
) -> Watch:
    """The watch that goes with the service's strategy; a CodeDeploy deployment to `wanted` is
    created unless it is running already, or under way. `after`: see EcsWatch.

    Errors: DeliveryError where CodeDeploy is at something else.
    """
    output = outputs.services[name]
    if output.rollout != "codedeploy":
        cluster, service = outputs.cluster, output.service_name
        return EcsWatch(aws, console, cluster, name, service, wanted, after)
    deployment = _code_deployment(aws, console, outputs, name, wanted)
    return CodeDeployWatch(aws, console, outputs.cluster, name, output, wanted, deployment)


def concluded(results: Sequence[Result], title: str, console: Console) -> int:
    """Says how all ended; gives the exit code."""
    rows = [
        f"| {'ok' if r.ok else '**FAILED**'} | {r.service} | {_cell(r.message)} | {r.seconds:.0f} |"
        for r in results
    ]
    head = [f"### {title}", "", "| | Service | What happened | Seconds |", "|---|---|---|---|"]
    console.summary("\n".join([*head, *rows]))
    failed = [result for result in results if not result.ok]
    for result in failed:
        console.error(result.message)
    if not failed:
        console.line(f"{title.lower()}: {len(results)} of {len(results)} as asked")
    return int(bool(failed))


def _watches(
    aws: Aws, console: Console, outputs: StackOutputs, services: Mapping[str, ServiceOutput]
) -> tuple[list[Watch], list[Result]]:
    """A service that cannot be followed fails by itself; the others are followed all the same."""
    watches: list[Watch] = []
    refused: list[Result] = []
    for name, output in services.items():
        try:
            watches.append(watch_of(aws, console, outputs, name, output.task_definition))
        except DeliveryError as error:
            refused.append(Result(name, False, str(error)))
    return watches, refused


def _code_deployment(
    aws: Aws, console: Console, outputs: StackOutputs, name: str, wanted: str
) -> str | None:
    output = outputs.services[name]
    under_way = codedeploy_watch.open_deployment(aws, output)
    if under_way is not None:
        deployment = under_way.get("deploymentId", "")
        target = codedeploy_watch.target_of(under_way)
        if target != wanted:
            raise DeliveryError(
                f"{name}: CodeDeploy deployment {deployment} to {short(target) or 'something else'}"
                f" is already running; asked for {short(wanted)}. Wait for its end or stop it, "
                "then rerun."
            )
        console.line(f"{name}: CodeDeploy deployment {deployment} is under way, following it")
        return deployment
    if codedeploy_watch.running_task_set(aws, outputs.cluster, output.service_name) == wanted:
        return None
    deployment = codedeploy_watch.create(aws, output, wanted)
    console.line(f"{name}: created CodeDeploy deployment {deployment} to {short(wanted)}")
    return deployment


def _plan(aws: Aws, outputs: StackOutputs, name: str, output: ServiceOutput) -> str:
    wanted = short(output.task_definition)
    if output.rollout != "codedeploy":
        return f"{name}: would follow ECS's {output.rollout} deployment to {wanted}"
    under_way = codedeploy_watch.open_deployment(aws, output)
    if under_way is not None:
        return f"{name}: would follow CodeDeploy's {under_way.get('deploymentId')} to {wanted}"
    running = codedeploy_watch.running_task_set(aws, outputs.cluster, output.service_name)
    if running == output.task_definition:
        return f"{name}: runs {wanted} already; would create no CodeDeploy deployment"
    return f"{name}: would create a CodeDeploy deployment from {short(running)} to {wanted}"


def _cell(text: str) -> str:
    """Text in a Markdown table, inert."""
    inert = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return inert.replace("\n", " ").replace("`", "'")
