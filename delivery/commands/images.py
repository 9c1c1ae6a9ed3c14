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
from delivery.shared.source_dates import source_date
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
        "deployment; reads the build cache of its base stack and does not write it",
    )
    parser.add_argument("--bake", type=Path, metavar="FILE", help="write the bake file there")
    parser.add_argument(
        "--push",
        action="store_true",
        help="with --bake: push, dated by the git history of the sources, so that the same sources "
        "get the same digest; a stack's images are built without a cache, and write one",
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
        "{name, image}",
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
        dates = source_dates(builds, args.project) if args.push else None
        content = bake_file(builds, dates, cache_tag=cache)
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
    """Each image's short name, and the image by digest."""
    return [
        {"name": name, "image": f"{_repository(builds[name])}@{digest}"}
        for name, digest in digests.items()
    ]


def source_dates(builds: Builds, project: Path) -> dict[str, int]:
    """The SOURCE_DATE_EPOCH of each image. Errors: InputError without git's whole history."""
    dates: dict[str, int] = {}
    for name, inputs in builds.items():
        build = inputs["build"]
        dates[name] = source_date(project / str(build["context"]), str(build["dockerfile"]))
    return dates


def bake_file(
    builds: Builds, dates: Mapping[str, int] | None = None, *, cache_tag: str | None = None
) -> dict[str, Any]:
    """`dates`: the SOURCE_DATE_EPOCH of each image, which is then pushed, else only built.
    `cache_tag`: the tag whose cache is read; without it, what is pushed reads none and writes one.

    Source: Docker, "Bake file reference"."""
    targets = {
        name: _pushed(inputs, dates[name], cache_tag) if dates else _built(inputs, cache_tag)
        for name, inputs in sorted(builds.items())
    }
    return {"group": {"default": {"targets": sorted(builds)}}, "target": targets}


def _built(inputs: Mapping[str, Any], cache_tag: str | None) -> dict[str, Any]:
    cached = {"cache-from": [_cache(inputs, cache_tag or _tag(inputs))]}
    return {**_target(inputs), **cached, "output": ["type=cacheonly"]}


def _pushed(inputs: Mapping[str, Any], date: int, cache_tag: str | None) -> dict[str, Any]:
    """The same sources and base images give the same digest: every file and the configuration are
    dated by the sources (BuildKit 0.34, docs/build-repro.md), and the digest is that of the image
    itself. With provenance or SBOM, which differ in each build, it would be that of an index of
    both (docs/attestations/attestation-storage.md)."""
    if cache_tag:
        cached = {"cache-from": [_cache(inputs, cache_tag)]}
    else:
        # What production runs is built from sources and base images alone: any job of a pull
        # request may write to the registry. ECR refuses a cache that is an index (Docker Docs,
        # "Cache storage backends", OCI media types).
        written = f"{_cache(inputs, _tag(inputs))},mode=max,image-manifest=true,oci-mediatypes=true"
        cached = {"cache-to": [written]}
    return {
        **_target(inputs),
        **cached,
        "args": {"SOURCE_DATE_EPOCH": str(date)},
        "attest": ["type=provenance,disabled=true", "type=sbom,disabled=true"],
        "output": ["type=registry,oci-mediatypes=true,rewrite-timestamp=true"],
    }


def _target(inputs: Mapping[str, Any]) -> dict[str, Any]:
    build = inputs["build"]
    return {
        "context": build["context"],
        "dockerfile": build["dockerfile"],
        "platforms": [build["platform"]],
        "tags": [str(inputs["imageName"])],
    }


def _repository(inputs: Mapping[str, Any]) -> str:
    return str(inputs["imageName"]).rpartition(":")[0]


def _tag(inputs: Mapping[str, Any]) -> str:
    return str(inputs["imageName"]).rpartition(":")[2]


def _cache(inputs: Mapping[str, Any], tag: str) -> str:
    return f"type=registry,ref={_repository(inputs)}:{tag}-cache"


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
