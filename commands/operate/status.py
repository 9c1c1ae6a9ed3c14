"""Shows what runs: each service's tasks and revision, runs of jobs, and alarms that are raised.

It fails where a service runs fewer tasks than it should, its deployment failed, or an alarm is
raised."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from commands.operate import options
from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.rollouts.ecs_watch import primary_of, running_revision
from delivery.shared.outputs import ServiceOutput, StackOutputs, family_of, revision_of

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef

DESCRIBED_AT_ONCE = 10
"""The most services that one call of DescribeServices takes."""
HEAD = ("SERVICE", "TASKS", "REVISION", "IMAGE", "STATE")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_stack(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    outputs = options.stack_outputs(args)
    aws, console = context.connect(outputs.region), context.console
    found = _services(outputs, aws)
    rows: list[tuple[str, ...]] = [HEAD]
    wrong = False
    for name, output in sorted(outputs.services.items()):
        service = found.get(output.service_name)
        problem = _problem(service)
        wrong = wrong or bool(problem)
        rows.append(_row(name, output, service, problem))
    for line in _aligned(rows):
        console.line(line)
    for line in _jobs(outputs, aws):
        console.line(line)
    alarms = _alarms(outputs, aws)
    for alarm in alarms:
        console.line(f"ALARM {alarm}")
    return int(wrong or bool(alarms))


def _services(outputs: StackOutputs, aws: Aws) -> dict[str, ServiceTypeDef]:
    names = [output.service_name for output in outputs.services.values()]
    found: dict[str, ServiceTypeDef] = {}
    for start in range(0, len(names), DESCRIBED_AT_ONCE):
        some = names[start : start + DESCRIBED_AT_ONCE]
        answer = aws.ecs.describe_services(cluster=outputs.cluster, services=some)
        found |= {s.get("serviceName", ""): s for s in answer["services"]}
    return found


def _problem(service: ServiceTypeDef | None) -> str:
    """Empty if nothing is wrong with the service."""
    if service is None or service.get("status") != "ACTIVE":
        return "does not exist"
    if primary_of(service).get("rolloutState") == "FAILED":
        return f"deployment failed: {primary_of(service).get('rolloutStateReason', '')}".strip(": ")
    running, desired = service.get("runningCount", 0), service.get("desiredCount", 0)
    if running < desired:
        events = service.get("events", ())
        return f"too few tasks. {events[0].get('message', '') if events else ''}".strip()
    return ""


def _row(
    name: str, output: ServiceOutput, service: ServiceTypeDef | None, problem: str
) -> tuple[str, ...]:
    if service is None:
        return (name, "-", "-", "-", problem)
    deployed = running_revision(service) or output.task_definition
    revision = str(revision_of(deployed))
    if deployed != output.task_definition:
        revision += f" (the stack: {revision_of(output.task_definition)})"
    tasks = f"{service.get('runningCount', 0)} of {service.get('desiredCount', 0)}"
    moving = "deploying" if len(service.get("deployments", ())) > 1 else "steady"
    return (name, tasks, revision, output.digest[7:19], problem or moving)


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _jobs(outputs: StackOutputs, aws: Aws) -> Iterator[str]:
    for name, job in sorted(outputs.jobs.items()):
        pages = aws.ecs.get_paginator("list_tasks").paginate(
            cluster=job.cluster, family=family_of(job.task_definition), desiredStatus="RUNNING"
        )
        running = sum(len(page["taskArns"]) for page in pages)
        yield f"job {name}: {f'{running} running' if running else 'not running'}"


def _alarms(outputs: StackOutputs, aws: Aws) -> list[str]:
    """The stack's alarms that are raised."""
    pages = aws.cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{outputs.cluster}-", StateValue="ALARM"
    )
    return [
        f"{alarm['AlarmName']}: {alarm.get('AlarmDescription', '')}"
        for page in pages
        for alarm in page["MetricAlarms"]
    ]
