"""Replaces a service's tasks with new ones of the revision that it runs, and follows the deployment
to its end. The stack is not changed, and Pulumi sees no drift.

ECS refuses this for a service that CodeDeploy deploys."""

from __future__ import annotations

import argparse

from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.rollouts.ecs_watch import (
    NONE_ON_RECORD,
    EcsWatch,
    describe_service,
    newest_deployment,
    running_revision,
)
from delivery.rollouts.follow import default_timeout, follow
from delivery.rollouts.report import report
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.errors import InputError
from delivery.shared.outputs import ServiceOutput, StackOutputs, read_outputs, short


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_outputs(parser)
    options.add_wait(parser)
    options.add_dry_run(parser)
    parser.add_argument(
        "--service", required=True, metavar="NAME", help="the service whose tasks are replaced"
    )


def run(args: argparse.Namespace, context: Context) -> int:
    outputs = read_outputs(args.outputs)
    name, output, console = args.service, outputs.service(args.service), context.console
    _refuse_code_deploy(outputs, name, output)
    aws = context.connect(outputs.region)
    service = describe_service(aws, outputs.cluster, output.service_name)
    revision = running_revision(service)
    if args.dry_run:
        console.line(f"{name}: would replace all tasks with new ones of {short(revision)}")
        return 0
    before = _force_deployment(aws, outputs, output, revision)
    console.line(f"{name}: replacing all tasks with new ones of {short(revision)}")
    watch = EcsWatch(aws, console, outputs.cluster, name, output.service_name, revision, before)
    deadline = Deadline(context.clock, args.timeout or default_timeout([output]))
    return report(follow([watch], deadline, args.interval, console), "Restart", console)


def _refuse_code_deploy(outputs: StackOutputs, name: str, output: ServiceOutput) -> None:
    """Source: ECS API Reference, UpdateService: what it may change with the deployment controller
    CODE_DEPLOY, which a new deployment is not part of.

    Errors: InputError for a service that CodeDeploy deploys.
    """
    if output.rollout == "codedeploy":
        raise InputError(
            f"--service {name}: CodeDeploy deploys this service, so ECS forces no new deployment "
            "of it. Stop its tasks one by one, and ECS starts a new one for each: "
            f"aws ecs stop-task --cluster {outputs.cluster} --task ID (their IDs: aws ecs "
            f"list-tasks --cluster {outputs.cluster} --service-name {output.service_name})"
        )


def _force_deployment(aws: Aws, outputs: StackOutputs, output: ServiceOutput, revision: str) -> str:
    """Requests the deployment from ECS; returns the ARN of the newest one before."""
    before = newest_deployment(aws, outputs.cluster, output.service_name) or {}
    aws.ecs.update_service(
        cluster=outputs.cluster,
        service=output.service_name,
        taskDefinition=revision,
        forceNewDeployment=True,
    )
    return before.get("serviceDeploymentArn", NONE_ON_RECORD)
