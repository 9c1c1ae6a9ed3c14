"""Goes back to an earlier revision of a service, or changes a stack file to earlier images.

A revision is fast: ECS (or CodeDeploy) deploys it now, and the command follows that rollout. The
stack is not changed, so the next `pulumi up` deploys the later revision again: change the digests
too, or merge a fix, before that."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import ClientError

from delivery.aws.clients import Aws, code_of
from delivery.context import Context
from delivery.rollouts import codedeploy_watch
from delivery.rollouts.ecs_watch import describe_service, newest_deployment, primary_of
from delivery.rollouts.follow import default_timeout, follow
from delivery.rollouts.previous_revision import has_had, previous_revision
from delivery.rollouts.report import report
from delivery.rollouts.watch_for import watch_for
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.image_digests import ImageDigests, is_digest, of_service, read_image_digests
from delivery.shared.outputs import (
    ServiceOutput,
    StackOutputs,
    family_of,
    read_outputs,
    revision_of,
    short,
)
from delivery.stack_files.images_section import images_section, write_digests

STOP_POLL_SECONDS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_outputs(parser)
    options.add_wait(parser)
    options.add_project(parser)
    options.add_dry_run(parser)
    parser.add_argument("--service", metavar="NAME", help="the service that goes back")
    parser.add_argument(
        "--revision",
        metavar="N",
        help="a revision's number, family:number, its ARN, or `previous`: the one that the last "
        "successful deployment before the current one brought",
    )
    parser.add_argument(
        "--digests",
        nargs="+",
        metavar="FILE|NAME=sha256:...",
        help="print the images section of a stack file that deploys these images: a file of the "
        "command `digests`, or images by name, separated by spaces; other images keep their "
        "current digests",
    )
    parser.add_argument(
        "--stack",
        metavar="NAME",
        help="with --digests: write the section into Pulumi.NAME.yaml, for the next `pulumi up`. "
        "Only images that the stack has had: new ones come from main, with its approval",
    )


def run(args: argparse.Namespace, context: Context) -> int:
    outputs = read_outputs(args.outputs)
    if args.digests:
        return _by_digests(args, outputs, context)
    if not args.service or not args.revision:
        raise InputError("give --service NAME and --revision N|previous, or --digests ...")
    return _by_revision(args, outputs, context)


def _by_digests(args: argparse.Namespace, outputs: StackOutputs, context: Context) -> int:
    if args.service or args.revision:
        raise InputError("--digests excludes --service and --revision; it takes names of images")
    digests = _digests(" ".join(args.digests).split(), outputs)
    if args.stack is None or args.dry_run:
        context.console.raw(images_section(outputs, digests))
        return 0
    _must_have_been_deployed(digests, outputs, context)
    write_digests(args.stack, args.project, digests)
    context.console.line(f"Pulumi.{args.stack}.yaml deploys {len(digests)} images by digest")
    context.console.warning(
        "The branch main is not changed: its next deployment brings the later images back. Revert "
        "the change or merge a fix there first."
    )
    return 0


def _must_have_been_deployed(
    digests: ImageDigests, outputs: StackOutputs, context: Context
) -> None:
    """Errors: InputError that names every image that no revision of the stack has."""
    aws, changed = context.connect(outputs.region), digests.differences(outputs.image_digests)
    new = [image for image in changed if not has_had(aws, outputs, image, digests[image])]
    if new:
        raise InputError(
            f"nothing was written: the stack has never had this image of {', '.join(new)}. A "
            "rollback waits for no approval, so it deploys nothing new: that comes from main."
        )


def _digests(words: Sequence[str], outputs: StackOutputs) -> ImageDigests:
    """The stack's digests, changed by `words`: files, and NAME=digest of an image.

    Errors: InputError listing every problem.
    """
    changes: dict[str, str] = {}
    problems = [] if words else ["--digests names no image: give backend=sha256:... or a file."]
    for word in words:
        name, is_pair, digest = word.partition("=")
        try:
            changes |= {name: digest} if is_pair else read_image_digests(Path(word))
        except InputError as error:
            problems.append(str(error))
    digests = outputs.image_digests
    for name, digest in changes.items():
        if name not in digests:
            problems.append(_unknown(name, outputs))
        elif not is_digest(digest):
            problems.append(f"{name}: {digest!r} is not a digest (sha256: and 64 hex digits).")
        else:
            digests |= {name: digest}
    if problems:
        raise InputError("\n".join(["nothing was written:", *(f"  {p}" for p in problems)]))
    return digests


def _unknown(name: str, outputs: StackOutputs) -> str:
    if name in outputs.services:
        return of_service(name, outputs.services[name].image_name)
    return f"{name}: the stack has no such image. Images: {', '.join(outputs.image_digests)}."


def _by_revision(args: argparse.Namespace, outputs: StackOutputs, context: Context) -> int:
    name, console = args.service, context.console
    output, aws = outputs.service(name), context.connect(outputs.region)
    current = _current_revision(aws, outputs, output)
    target = _target(aws, outputs, name, args.revision, current)
    console.line(f"{name}: from {short(current)} back to {short(target)}")
    if args.dry_run:
        console.line(f"{name}: would be deployed by {_deployer(output)}")
        return 0
    _stop_code_deploy(aws, outputs, name, target, context)
    after = "" if output.rollout == "codedeploy" else _update(aws, outputs, output, target)
    watch = watch_for(aws, console, outputs, name, target, after)
    deadline = Deadline(context.clock, args.timeout or default_timeout([output]))
    code = report(follow([watch], deadline, args.interval, console), "Rollback", console)
    _say_what_comes_next(name, output, target, console)
    return code


def _say_what_comes_next(name: str, output: ServiceOutput, target: str, console: Console) -> None:
    """A later revision than the outputs' is one whose deployment failed: the state has it, and
    `pulumi up` deploys it no second time (docs/operations.md)."""
    if revision_of(target) > revision_of(output.task_definition):
        console.line(
            f"{name}: {short(target)} is later than the last complete deployment's. Run the job "
            "that failed again, for what comes after the service."
        )
        return
    console.warning(
        f"{name}: the stack's revision is still {short(output.task_definition)}; the next "
        "`pulumi up` deploys it again. Use `rollback --digests`, or merge a fix, first."
    )


def _update(aws: Aws, outputs: StackOutputs, output: ServiceOutput, target: str) -> str:
    """Requests the deployment to `target` from ECS; returns the ARN of the newest one before."""
    before = newest_deployment(aws, outputs.cluster, output.service_name)
    aws.ecs.update_service(
        cluster=outputs.cluster, service=output.service_name, taskDefinition=target
    )
    return before.get("serviceDeploymentArn", "") if before else ""


def _current_revision(aws: Aws, outputs: StackOutputs, output: ServiceOutput) -> str:
    """The revision that an unfinished CodeDeploy deployment brings, else the running one. ECS calls
    the one in progress primary by itself; CodeDeploy does so only after it has shifted traffic."""
    if output.rollout == "codedeploy":
        unfinished = codedeploy_watch.unfinished_deployment(aws, output)
        if unfinished is not None and unfinished[1]:
            return unfinished[1]
    return running_revision(aws, outputs, output)


def running_revision(aws: Aws, outputs: StackOutputs, output: ServiceOutput) -> str:
    """The task definition of the service's primary deployment, or primary task set."""
    if output.rollout == "codedeploy":
        return codedeploy_watch.running_task_set(aws, outputs.cluster, output.service_name)
    service = describe_service(aws, outputs.cluster, output.service_name)
    return primary_of(service).get("taskDefinition") or service.get("taskDefinition", "")


def _deployer(output: ServiceOutput) -> str:
    return "CodeDeploy" if output.rollout == "codedeploy" else f"ECS ({output.rollout})"


def _target(aws: Aws, outputs: StackOutputs, name: str, revision: str, running: str) -> str:
    output = outputs.services[name]
    if revision == "previous":
        return previous_revision(aws, outputs.cluster, output, running)
    arn = _arn_of(output, revision)
    if arn == running:
        raise InputError(f"--revision {revision}: {name} runs {short(arn)} already.")
    _check_active(aws, arn)
    return arn


def _arn_of(output: ServiceOutput, revision: str) -> str:
    """The ARN of `42`, `family:42` or an ARN.

    Errors: InputError for another family's revision.
    """
    found = re.fullmatch(r"(?:(?:arn:\S+:task-definition/)?([A-Za-z0-9_-]+):)?(\d+)", revision)
    if found is None:
        raise InputError(
            f"--revision {revision}: is not a number, family:number, an ARN or `previous`."
        )
    family = found.group(1) or output.family
    if family != output.family:
        raise InputError(
            f"--revision {revision}: is of family {family}; {output.service_name} runs revisions "
            f"of {output.family}."
        )
    return f"{output.task_definition.rpartition(':')[0]}:{int(found.group(2))}"


def _check_active(aws: Aws, arn: str) -> None:
    """Errors: InputError for a revision that does not exist or is not active."""
    status = ""
    try:
        found = aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        status = found.get("status", "ACTIVE")
    except ClientError as error:
        if code_of(error) not in ("ClientException", "InvalidParameterException"):
            raise
    if status != "ACTIVE":
        raise InputError(
            f"{short(arn)} does not exist or is no longer active. To list the active revisions: "
            f"aws ecs list-task-definitions --family-prefix {family_of(arn)} --sort DESC "
            f"(the newest before it would be {max(revision_of(arn) - 1, 1)})"
        )


def _stop_code_deploy(
    aws: Aws, outputs: StackOutputs, name: str, target: str, context: Context
) -> None:
    """Stops and rolls back an unfinished CodeDeploy deployment, since CodeDeploy runs one at a
    time. ECS replaces a deployment in progress by itself."""
    output = outputs.services[name]
    if output.rollout != "codedeploy":
        return
    unfinished = codedeploy_watch.unfinished_deployment(aws, output)
    if unfinished is None or unfinished[1] == target:
        return
    deployment = unfinished[0]
    context.console.line(f"{name}: stopping CodeDeploy deployment {deployment} with rollback")
    aws.codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
    deadline = Deadline(context.clock, default_timeout([output]))
    while codedeploy_watch.unfinished_deployment(aws, output) is not None:
        if deadline.passed:
            raise DeliveryError(
                f"{name}: {deployment} has not stopped after {deadline.seconds:.0f} s"
            )
        deadline.pause(STOP_POLL_SECONDS)
