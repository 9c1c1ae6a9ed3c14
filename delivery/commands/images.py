"""Writes a Docker Buildx bake file with the program's own image builds, or makes a stack file
deploy the built images by digest, so that `pulumi up` builds none."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from delivery.context import Context
from delivery.shared import options
from delivery.shared.errors import InputError
from delivery.shared.image_digests import ImageDigests
from delivery.stack_files.environment_file import OVERLAY, read_overlay
from delivery.stack_files.images_section import write_digests

if TYPE_CHECKING:
    from simulation.plan import Plan

IMAGE = "docker:index/image:Image"
DIGEST = "containerimage.digest"
"""The digest's key in bake's metadata file."""
Builds = Mapping[str, Mapping[str, Any]]
"""The inputs of the program's docker.Image resources by image name."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    stack = parser.add_mutually_exclusive_group(required=True)
    stack.add_argument("--stack", metavar="NAME", help="the stack whose images, e.g. staging")
    stack.add_argument(
        "--pr",
        type=int,
        metavar="N",
        help="the images of pull request N's environment, which has no stack file before its "
        "deployment; reads the build cache of main and does not write it",
    )
    parser.add_argument("--bake", type=Path, metavar="FILE", help="write the bake file there")
    parser.add_argument(
        "--push", action="store_true", help="with --bake: push, with provenance and SBOM, and cache"
    )
    parser.add_argument(
        "--metadata",
        type=Path,
        metavar="FILE",
        help="write the digests of the built images into the stack file; the file is what "
        "`docker buildx bake --metadata-file` wrote",
    )
    parser.add_argument(
        "--matrix",
        type=Path,
        metavar="FILE",
        help="with --metadata: write the built images for a job's matrix, a JSON list of "
        "{image, platform}",
    )
    options.add_project(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    if args.pr is not None and (args.metadata or not args.bake):
        raise InputError("--pr needs --bake; to deploy the built images use --stack pr<number>")
    if not args.bake and not args.metadata:
        raise InputError("give --bake FILE, --metadata FILE, or both")
    if args.pr is not None:
        builds = builds_of_pull_request(args.pr, args.project)
        cache = read_overlay(args.project / OVERLAY).base
    else:
        builds, cache = builds_of(args.stack, args.project), None
    if args.bake:
        content = bake_file(builds, push=args.push, cache_tag=cache)
        args.bake.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        context.console.line(f"wrote the builds of {len(builds)} images to {args.bake}")
    if args.metadata:
        digests = read_metadata(args.metadata, builds)
        write_digests(args.stack, args.project, digests)
        context.console.line(f"Pulumi.{args.stack}.yaml deploys {len(digests)} images by digest")
        if args.matrix:
            args.matrix.write_text(json.dumps(matrix(builds, digests)), encoding="utf-8")
    return 0


def builds_of(stack: str, project: Path) -> Builds:
    from simulation import process

    return _builds(stack, process.preview(stack, project))


def builds_of_pull_request(number: int, project: Path) -> Builds:
    from delivery.stack_files.environment_plan import plan_of_pull_request

    return _builds(f"pr{number}", plan_of_pull_request(number, project))


def _builds(stack: str, plan: Plan) -> Builds:
    found = {name_of(made.inputs): made.inputs for made in plan.of_type(IMAGE)}
    if not found:
        text = "builds no image: set plataforma:images.build: true in its file"
        raise InputError(f"stack {stack} {text}")
    return found


def name_of(inputs: Mapping[str, Any]) -> str:
    """backend of ghcr.io/owner/name/backend:staging."""
    return str(inputs["imageName"]).rpartition("/")[2].partition(":")[0]


def matrix(builds: Builds, digests: ImageDigests) -> list[dict[str, str]]:
    """Each image by digest, with its platform: the digest is that of an index, in which a scanner
    looks for amd64 by default."""
    return [
        {
            "image": f"{str(builds[name]['imageName']).rpartition(':')[0]}@{digest}",
            "platform": str(builds[name]["build"]["platform"]),
        }
        for name, digest in digests.items()
    ]


def bake_file(builds: Builds, *, push: bool, cache_tag: str | None = None) -> dict[str, Any]:
    """`cache_tag`: the tag whose cache is only read; without it, the image's own cache is read and
    written.

    Source: Docker, "Bake file reference"."""
    targets = {name: _target(inputs, push, cache_tag) for name, inputs in sorted(builds.items())}
    return {"group": {"default": {"targets": sorted(builds)}}, "target": targets}


def _target(inputs: Mapping[str, Any], push: bool, cache_tag: str | None) -> dict[str, Any]:
    build, tag = inputs["build"], str(inputs["imageName"])
    image, _, own = tag.rpartition(":")
    cache = f"type=registry,ref={image}:{cache_tag or own}-cache"
    target: dict[str, Any] = {
        "context": build["context"],
        "dockerfile": build["dockerfile"],
        "platforms": [build["platform"]],
        "tags": [tag],
        "cache-from": [cache],
        "output": ["type=registry" if push else "type=cacheonly"],
    }
    if push:
        if not cache_tag:
            # ECR refuses a cache that is an index (Docker Docs, "Cache storage backends", OCI media
            # types).
            target["cache-to"] = [f"{cache},mode=max,image-manifest=true,oci-mediatypes=true"]
        target["attest"] = ["type=provenance,mode=max", "type=sbom"]
    return target


def read_metadata(file: Path, builds: Builds) -> ImageDigests:
    """The digests in bake's metadata file.

    Errors: InputError if it is another file, or has no digest of an image.
    """
    try:
        built = TypeAdapter(dict[str, Any]).validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(f"{file} is not a metadata file of docker buildx bake: {error}") from None
    digests = {name: entry.get(DIGEST) for name, entry in built.items() if name in builds}
    missing = sorted(name for name in builds if not digests.get(name))
    if missing:
        raise InputError(f"{file} has no digest of {', '.join(missing)}: was it built with --push?")
    try:
        return TypeAdapter(ImageDigests).validate_python(digests)
    except ValidationError as error:
        raise InputError(f"{file} has a wrong digest: {error}") from None
