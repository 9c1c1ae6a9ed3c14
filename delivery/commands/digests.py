"""Reads the image digests of a stack: from its outputs, checked against the running tasks, or from
a file that this command wrote. Writes them to such a file or into a stack file, so that another
stack deploys the same images, or compares them with another file's."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.rollouts.tasks import describe_tasks, list_tasks, task_id
from delivery.shared import options
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.image_digests import KEY, ImageDigests, read_image_digests
from delivery.shared.json_file import read_json
from delivery.shared.outputs import COMMAND, ServiceOutput, StackOutputs, read_outputs
from delivery.stack_files.images_section import write_digests

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerTypeDef

NOT_BUILT = "sha256:" + "0" * 64
"""Stands for the digest of an image that the stack adds and that does not run yet."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--outputs", type=Path, metavar="FILE", help="the output of `pulumi stack output --json`"
    )
    source.add_argument(
        "--digests", type=Path, metavar="FILE", help="a file that --write has written"
    )
    parser.add_argument(
        "--no-tasks",
        action="store_true",
        help="with --outputs: do not check the running tasks; needs no access to AWS",
    )
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="write the digests to a file (default: print)"
    )
    parser.add_argument(
        "--stack",
        metavar="NAME",
        help="write the digests into Pulumi.NAME.yaml, in place of build or promote. With "
        "--digests the file must have all images of that stack. With --outputs an image that does "
        "not run yet gets a digest of zeros, and without any outputs (before the first "
        "deployment) the stack file is not changed",
    )
    parser.add_argument(
        "--compare",
        type=Path,
        metavar="FILE",
        help="fail with exit code 1 unless this file has the same digests; it may have more "
        "images, which another stack runs",
    )
    options.add_project(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    if args.stack and args.outputs and read_json(args.outputs, COMMAND) == {}:
        context.console.line(f"{args.stack} is not deployed yet: its stack file is not changed")
        return 0
    digests = read_image_digests(args.digests) if args.digests else _deployed(args, context)
    if args.write:
        args.write.write_text(f"{digests.to_json()}\n", encoding="utf-8")
        context.console.line(f"wrote {len(digests)} digests to {args.write}")
    if args.stack:
        complete = _for_stack(digests, args.stack, args.project, may_add=args.digests is None)
        write_digests(args.stack, args.project, complete)
        context.console.line(f"Pulumi.{args.stack}.yaml deploys {len(complete)} images by digest")
    if args.compare:
        _compare(digests, args.compare, context)
    if not (args.write or args.stack or args.compare):
        context.console.raw(digests.to_json())
    rows = "\n".join(f"| {image} | `{digest}` |" for image, digest in digests.items())
    context.console.summary(f"### Images\n\n| Image | Digest |\n|---|---|\n{rows}")
    return 0


def _deployed(args: argparse.Namespace, context: Context) -> ImageDigests:
    """The stack's digests. Errors: DeliveryError if a running task has another one."""
    outputs = read_outputs(args.outputs)
    if not args.no_tasks:
        _check_tasks(context.connect(outputs.region), outputs)
    return outputs.image_digests


def _for_stack(digests: ImageDigests, stack: str, project: Path, *, may_add: bool) -> ImageDigests:
    """The digests with NOT_BUILT for images that the stack adds.

    Errors: InputError if it adds images and may not.
    """
    from simulation import process

    images = process.preview(stack, project).outputs[KEY]
    added = sorted(set(images) - set(digests))
    if added and not may_add:
        raise InputError(f"stack {stack} has images without a digest: {', '.join(added)}")
    return ImageDigests(dict.fromkeys(added, NOT_BUILT)) | digests


def _check_tasks(aws: Aws, outputs: StackOutputs) -> None:
    """Errors: DeliveryError listing every running task with another image."""
    problems = [
        problem
        for name, output in sorted(outputs.services.items())
        for problem in _differing_tasks(aws, outputs.cluster, name, output)
    ]
    if problems:
        raise DeliveryError(
            "\n".join(
                [
                    "running tasks have other images than the stack:",
                    *(f"  {problem}" for problem in problems),
                    "Wait for the rollout (`python -m delivery rollout`), then rerun.",
                ]
            )
        )


def _differing_tasks(aws: Aws, cluster: str, name: str, output: ServiceOutput) -> Iterator[str]:
    arns = list_tasks(aws, cluster, output.service_name, "RUNNING")
    for task in describe_tasks(aws, cluster, arns):
        own = (c for c in task.get("containers", ()) if c.get("name") == name)
        for container in own:
            if not _has_digest(container, output.digest):
                image = container.get("imageDigest") or container.get("image", "an unknown image")
                yield f"{name}: task {task_id(task)} has {image}, the stack has {output.digest}"


def _has_digest(container: ContainerTypeDef, digest: str) -> bool:
    """The task's image reference has it, or ECS pulled it. Of a multi-platform image ECS reports
    the digest of the platform's image."""
    return container.get("image", "").endswith(f"@{digest}") or (
        container.get("imageDigest") == digest
    )


def _compare(digests: ImageDigests, path: Path, context: Context) -> None:
    """Errors: DeliveryError if the file's digests differ."""
    others = read_image_digests(path)
    different = digests.differences(others)
    for image in different:
        digest, other = digests.get(image, "none"), others.get(image, "none")
        context.console.line(f"{image}: {digest}, but {other} in {path}")
    if different:
        raise DeliveryError(f"{len(different)} of the images differ: {', '.join(different)}")
    context.console.line(f"{path} has the same {len(digests)} digests")
