"""Picks the image digests that a stack asks for and checks that its running tasks have them, so
that another stack can be given the very images that this one proved; puts them into a stack file,
for a preview that shows changes of the program and not of what was built; or compares two such
files."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from delivery.aws.clients import Aws
from delivery.aws.ecs import Container
from delivery.commands import images
from delivery.context import Context
from delivery.rollouts.task_failures import described, list_tasks
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.outputs import MAKER, ServiceOutput, StackOutputs, read_json, read_outputs
from delivery.stack_files.digest_block import read_digests, written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--outputs", type=Path, metavar="FILE", help="what `pulumi stack output --json` printed"
    )
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="write them there, and not to the output"
    )
    parser.add_argument(
        "--stack",
        metavar="NAME",
        help="put them into Pulumi.NAME.yaml, in place of its builds (its comments are lost); an "
        "image that does not run yet has the digest of zeros there. Before the stack's first "
        "deployment the file stays as it is",
    )
    parser.add_argument(
        "--given",
        type=Path,
        metavar="FILE",
        help="with --stack and without --outputs: put the digests of this file, which --write has "
        "written of another stack, into the stack's file",
    )
    parser.add_argument(
        "--compare",
        nargs=2,
        type=Path,
        metavar="FILE",
        help="compare two files of this command; exit code 1 where they differ",
    )
    parser.add_argument(
        "--no-tasks", action="store_true", help="do not look at the running tasks (no AWS needed)"
    )


def run(given: argparse.Namespace, context: Context) -> int:
    if given.compare:
        return _compare(given.compare[0], given.compare[1], context)
    if given.given and given.stack and not given.outputs:
        digests = read_digests(given.given)
        images.ask_for(given.stack, digests, all_built=True)
        context.console.line(f"Pulumi.{given.stack}.yaml asks for {len(digests)} given images")
        return 0
    if given.outputs is None or given.given:
        text = "say --outputs FILE, or --given FILE --stack NAME, or --compare FILE FILE"
        raise InputError(text)
    if given.stack and read_json(given.outputs, MAKER) == {}:
        context.console.line(f"{given.stack} is not deployed yet: its file stays as it is")
        return 0
    outputs = read_outputs(given.outputs)
    if not given.no_tasks:
        _must_run(context.connect(outputs.region), outputs)
    text = written(outputs.image_digests)
    if given.write:
        given.write.write_text(f"{text}\n", encoding="utf-8")
        context.console.line(f"wrote {len(outputs.image_digests)} digests to {given.write}")
    if given.stack:
        images.ask_for(given.stack, outputs.image_digests)
        context.console.line(f"Pulumi.{given.stack}.yaml asks for what runs")
    if not given.write and not given.stack:
        context.console.raw(text)
    rows = "\n".join(f"| {n} | `{d}` |" for n, d in sorted(outputs.image_digests.items()))
    context.console.summary(f"### Images\n\n| Image | Digest |\n|---|---|\n{rows}")
    return 0


def _must_run(aws: Aws, outputs: StackOutputs) -> None:
    """Errors: DeliveryError naming every task that runs something else."""
    problems = [
        problem
        for name, output in sorted(outputs.services.items())
        for problem in _others(aws, outputs.cluster, name, output)
    ]
    if problems:
        raise DeliveryError(
            "\n".join(
                [
                    "running tasks have other images than the stack asks for:",
                    *(f"  {problem}" for problem in problems),
                    "Wait for the rollout (`python -m delivery rollout`), then rerun.",
                ]
            )
        )


def _others(aws: Aws, cluster: str, name: str, output: ServiceOutput) -> Iterator[str]:
    arns = list_tasks(aws, cluster, output.service_name, "RUNNING")
    for task in described(aws, cluster, arns):
        own = (c for c in task.get("containers", ()) if c["name"] == name)
        for container in own:
            if not _runs(container, output.digest):
                task_id = task["taskArn"].rpartition("/")[2]
                has = container.get("imageDigest") or container.get("image", "an unknown image")
                yield f"{name}: task {task_id} has {has}, the stack asks for {output.digest}"


def _runs(container: Container, digest: str) -> bool:
    """By the reference that the task names, or by what ECS says was pulled: of an image for several
    architectures that is the digest of the one pulled."""
    return container.get("image", "").endswith(f"@{digest}") or (
        container.get("imageDigest") == digest
    )


def _compare(first: Path, second: Path, context: Context) -> int:
    one, other = read_digests(first), read_digests(second)
    differing = [
        name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)
    ]
    for name in differing:
        context.console.line(
            f"{name}: {one.get(name, 'none')} in {first}, {other.get(name, 'none')} in {second}"
        )
    if differing:
        raise DeliveryError(f"{len(differing)} of the images differ: {', '.join(differing)}")
    context.console.line(f"the same {len(one)} digests")
    return 0
