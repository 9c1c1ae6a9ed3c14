"""Goes back to an earlier revision of a service at once, or gives a stack file the images' digests
that it goes back to for good.

A revision is quick: ECS (or CodeDeploy) deploys it now, followed to the end as a rollout is. The
stack still asks for the later one, and the next `pulumi up` brings that back: go back by digests as
well, or merge a fix, before it."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from botocore.exceptions import ClientError

from delivery.aws.clients import Aws, code_of
from delivery.commands.images import deploy
from delivery.commands.rollout import concluded, default_timeout, watch_of
from delivery.context import Context
from delivery.rollouts import codedeploy_watch
from delivery.rollouts.ecs_watch import described_service, newest_deployment, primary_of
from delivery.rollouts.follow import follow
from delivery.rollouts.previous_revision import previous
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.outputs import (
    ServiceOutput,
    StackOutputs,
    family_of,
    read_outputs,
    revision_of,
    short,
)
from delivery.stack_files.digest_block import digests_given, rendered


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_outputs(parser)
    options.add_following(parser)
    options.add_dry_run(parser)
    parser.add_argument("--service", metavar="NAME", help="the service that goes back")
    parser.add_argument(
        "--revision",
        metavar="N",
        help="a revision's number, family:number, its ARN, or previous: the one that the last "
        "successful deployment before this one brought",
    )
    parser.add_argument(
        "--digests",
        nargs="+",
        metavar="FILE|NAME=sha256:...",
        help="print the block of a stack file that deploys just these images: a file of the "
        "command `digests`, or images (or services) one by one, with spaces between; images that "
        "are not named keep what they run",
    )
    parser.add_argument(
        "--into",
        type=Path,
        metavar="FILE",
        help="with --digests: put that block into a stack file, in place of its builds (its "
        "comments are lost), for a `pulumi up` that follows",
    )


def run(given: argparse.Namespace, context: Context) -> int:
    outputs = read_outputs(given.outputs)
    if given.digests:
        return _by_digests(given, outputs, context)
    if not given.service or not given.revision:
        raise InputError("say --service NAME and --revision N|previous, or --digests ...")
    return _by_revision(given, outputs, context)


def _by_digests(given: argparse.Namespace, outputs: StackOutputs, context: Context) -> int:
    if given.service or given.revision:
        raise InputError("--digests goes without --service and --revision: name images instead.")
    digests = digests_given(given.digests, outputs)
    if given.into is None or given.dry_run:
        context.console.raw(rendered(outputs, digests))
        return 0
    if not given.into.is_file():
        raise InputError(f"--into {given.into}: there is no such stack file.")
    deploy(given.into, digests)
    context.console.line(f"{given.into} deploys {len(digests)} images by digest")
    context.console.warning(
        "main does not know of it: its next deployment brings the later images back, unless a "
        "commit takes them back or mends them before."
    )
    return 0


def _by_revision(given: argparse.Namespace, outputs: StackOutputs, context: Context) -> int:
    name, console = given.service, context.console
    output, aws = outputs.service(name), context.connect(outputs.region)
    running = running_revision(aws, outputs, output)
    wanted = _wanted(aws, outputs, name, given.revision, running)
    console.line(f"{name}: from {short(running)} back to {short(wanted)}")
    if given.dry_run:
        console.line(f"{name}: would be deployed by {_deployer(output)}")
        return 0
    _stop_what_runs(aws, outputs, name, wanted, context)
    after = "" if output.rollout == "codedeploy" else _update(aws, outputs, output, wanted)
    watch = watch_of(aws, console, outputs, name, wanted, after)
    deadline = Deadline(context.clock, given.timeout or default_timeout([output]))
    code = concluded(follow([watch], deadline, given.interval, console), "Rollback", console)
    console.warning(
        f"{name}: the stack still asks for {short(output.task_definition)}; the next `pulumi up` "
        "deploys it again. Go back for good by `rollback --digests`, or merge a fix first."
    )
    return code


def _update(aws: Aws, outputs: StackOutputs, output: ServiceOutput, wanted: str) -> str:
    """Asks ECS for `wanted`; gives the ARN of the deployment that was the newest before."""
    before = newest_deployment(aws, outputs.cluster, output.service_name)
    aws.ecs.update_service(
        cluster=outputs.cluster, service=output.service_name, taskDefinition=wanted
    )
    return before["serviceDeploymentArn"] if before else ""


def running_revision(aws: Aws, outputs: StackOutputs, output: ServiceOutput) -> str:
    """The task definition that the service's primary deployment, or task set, is of."""
    if output.rollout == "codedeploy":
        return codedeploy_watch.running_task_set(aws, outputs.cluster, output.service_name)
    service = described_service(aws, outputs.cluster, output.service_name)
    return primary_of(service).get("taskDefinition") or service.get("taskDefinition", "")


def _deployer(output: ServiceOutput) -> str:
    return "CodeDeploy" if output.rollout == "codedeploy" else f"ECS ({output.rollout})"


def _wanted(aws: Aws, outputs: StackOutputs, name: str, revision: str, running: str) -> str:
    output = outputs.services[name]
    if revision == "previous":
        return previous(aws, outputs.cluster, output, running)
    arn = _arn_of(output, revision)
    if arn == running:
        raise InputError(f"--revision {revision}: {name} runs {short(arn)} already.")
    _must_be_active(aws, arn)
    return arn


def _arn_of(output: ServiceOutput, revision: str) -> str:
    """The ARN of `42`, `family:42` or an ARN; another family's is refused."""
    found = re.fullmatch(r"(?:(?:arn:\S+:task-definition/)?([A-Za-z0-9_-]+):)?(\d+)", revision)
    if found is None:
        raise InputError(
            f"--revision {revision}: is neither a number, family:number, an ARN nor previous."
        )
    family = found.group(1) or output.family
    if family != output.family:
        raise InputError(
            f"--revision {revision}: is of family {family}; {output.service_name} runs revisions "
            f"of {output.family}."
        )
    return f"{output.task_definition.rpartition(':')[0]}:{int(found.group(2))}"


def _must_be_active(aws: Aws, arn: str) -> None:
    try:
        found = aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    except ClientError as error:
        if code_of(error) not in ("ClientException", "InvalidParameterException"):
            raise
        found = {}
    if found.get("status", "ACTIVE" if found else "") != "ACTIVE":
        raise InputError(
            f"{short(arn)} does not exist or is no longer active. See what does: "
            f"aws ecs list-task-definitions --family-prefix {family_of(arn)} --sort DESC "
            f"(the newest before it would be {max(revision_of(arn) - 1, 1)})"
        )


def _stop_what_runs(
    aws: Aws, outputs: StackOutputs, name: str, wanted: str, context: Context
) -> None:
    """A CodeDeploy deployment under way is stopped and taken back before another can begin; ECS
    gives a deployment of its own up for the new one by itself."""
    output = outputs.services[name]
    if output.rollout != "codedeploy":
        return
    under_way = codedeploy_watch.open_deployment(aws, output)
    if under_way is None or codedeploy_watch.target_of(under_way) == wanted:
        return
    deployment = under_way["deploymentId"]
    context.console.line(f"{name}: stopping CodeDeploy deployment {deployment} with rollback")
    aws.codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
    deadline = Deadline(context.clock, default_timeout([output]))
    while codedeploy_watch.open_deployment(aws, output) is not None:
        if deadline.passed:
            raise DeliveryError(
                f"{name}: {deployment} has not stopped after {deadline.seconds:.0f} s"
            )
        deadline.pause(3)
