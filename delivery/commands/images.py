"""Writes a Docker Buildx bake file with the very builds that the program would do itself, or gives
a stack file the digests of what was built, so that `pulumi up` deploys those and builds nothing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from delivery.context import Context
from delivery.shared.errors import InputError
from delivery.stack_files.environment_file import read_overlay
from delivery.stack_files.environment_plan import OVERLAY, plan_of_pull_request
from settings.project import ROOT
from settings.stack_file import load
from simulation import process
from simulation.plan import Plan

IMAGE = "docker:index/image:Image"
IMAGES = "plataforma:images"
DIGEST = "containerimage.digest"
NOT_BUILT = "sha256:" + "0" * 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--stack", help="whose images, e.g. staging")
    whose.add_argument(
        "--pr",
        type=int,
        metavar="N",
        help="those of the environment of pull request N, which has no stack file before it is "
        "deployed; main's cache is read and never written",
    )
    parser.add_argument("--bake", type=Path, metavar="FILE", help="write the bake file there")
    parser.add_argument(
        "--push", action="store_true", help="with --bake: push, with provenance and SBOM, and cache"
    )
    parser.add_argument(
        "--built",
        type=Path,
        metavar="FILE",
        help="what `docker buildx bake --metadata-file` wrote: its digests go into the stack file",
    )
    parser.add_argument(
        "--references",
        type=Path,
        metavar="FILE",
        help="with --built: write what was built there, a JSON list of {reference, platform}",
    )


def run(given: argparse.Namespace, context: Context) -> int:
    if given.pr is not None and (given.built or not given.bake):
        raise InputError("--pr goes with --bake; what was built is deployed by --stack pr<number>")
    if given.pr is not None:
        builds, cache = builds_of_pull_request(given.pr), read_overlay(ROOT / OVERLAY).base
    else:
        builds, cache = builds_of(given.stack), None
    if given.bake:
        baked = bake_file(builds, push=given.push, cache_of=cache)
        given.bake.write_text(json.dumps(baked, indent=2) + "\n")
        context.console.line(f"wrote the builds of {len(builds)} images to {given.bake}")
    if given.built:
        digests = read_digests(given.built, builds)
        deploy(ROOT / f"Pulumi.{given.stack}.yaml", digests)
        context.console.line(f"Pulumi.{given.stack}.yaml deploys {len(digests)} images by digest")
        if given.references:
            given.references.write_text(json.dumps(references(builds, digests)))
    if not given.bake and not given.built:
        raise InputError("say --bake FILE, --built FILE, or both")
    return 0


def builds_of(stack: str) -> dict[str, Mapping[str, Any]]:
    """The inputs of each docker.Image that the program registers, by the image's name."""
    return _builds(stack, process.preview(stack, ROOT))


def builds_of_pull_request(number: int) -> dict[str, Mapping[str, Any]]:
    return _builds(f"pr{number}", plan_of_pull_request(number, ROOT))


def _builds(stack: str, plan: Plan) -> dict[str, Mapping[str, Any]]:
    found = {name_of(made.inputs): made.inputs for made in plan.of_type(IMAGE)}
    if not found:
        text = "builds no image: set plataforma:images.build: true in its file"
        raise InputError(f"stack {stack} {text}")
    return found


def name_of(inputs: Mapping[str, Any]) -> str:
    """backend of ghcr.io/acme/plataforma/backend:staging."""
    return str(inputs["imageName"]).rpartition("/")[2].partition(":")[0]


def reference(inputs: Mapping[str, Any], digest: str) -> str:
    return f"{str(inputs['imageName']).rpartition(':')[0]}@{digest}"


def references(
    builds: Mapping[str, Mapping[str, Any]], digests: Mapping[str, str]
) -> list[dict[str, str]]:
    """Each image by digest, and the platform it is for: the digest is that of an index, in which a
    scanner looks for amd64 where it is not told."""
    return [
        {
            "reference": reference(builds[name], digest),
            "platform": builds[name]["build"]["platform"],
        }
        for name, digest in sorted(digests.items())
    ]


def bake_file(
    builds: Mapping[str, Mapping[str, Any]], *, push: bool, cache_of: str | None = None
) -> dict[str, Any]:
    """`cache_of`: the tag whose cache is read alone; without it the image's own is written too.

    Source: Docker, "Bake file reference"."""
    return {
        "group": {"default": {"targets": sorted(builds)}},
        "target": {
            name: _target(inputs, push, cache_of) for name, inputs in sorted(builds.items())
        },
    }


def _target(inputs: Mapping[str, Any], push: bool, cache_of: str | None) -> dict[str, Any]:
    build, tag = inputs["build"], str(inputs["imageName"])
    image, _, own = tag.rpartition(":")
    cache = f"type=registry,ref={image}:{cache_of or own}-cache"
    target: dict[str, Any] = {
        "context": build["context"],
        "dockerfile": build["dockerfile"],
        "platforms": [build["platform"]],
        "args": build["args"],
        "tags": [tag],
        "cache-from": [cache],
        "output": ["type=registry" if push else "type=cacheonly"],
    }
    if push:
        if not cache_of:
            target["cache-to"] = [f"{cache},mode=max"]
        target["attest"] = ["type=provenance,mode=max", "type=sbom"]
    return target


def read_digests(file: Path, builds: Mapping[str, object]) -> dict[str, str]:
    """Digest by image. Errors: InputError where the file is another's or lacks an image."""
    try:
        built = TypeAdapter(dict[str, Any]).validate_json(file.read_bytes())
    except (OSError, ValidationError) as wrong:
        raise InputError(f"{file} is not what bake's --metadata-file writes: {wrong}") from None
    digests = {name: entry.get(DIGEST) for name, entry in built.items() if name in builds}
    missing = sorted(name for name in builds if not digests.get(name))
    if missing:
        raise InputError(f"{file} has no digest of {', '.join(missing)}: was it built with --push?")
    return {name: str(digest) for name, digest in digests.items()}


def ask_for(stack: str, running: Mapping[str, str], *, all_built: bool = False) -> None:
    """The digests that run in the stack's file, and NOT_BUILT for images that it adds.

    Errors: with `all_built` InputError for images that have no digest.
    """
    wanted = process.preview(stack, ROOT).outputs["imageDigests"]
    missing = sorted(set(wanted) - set(running))
    if missing and all_built:
        raise InputError(f"stack {stack} wants images that have no digest: {', '.join(missing)}")
    deploy(ROOT / f"Pulumi.{stack}.yaml", dict.fromkeys(wanted, NOT_BUILT) | dict(running))


def deploy(stack_file: Path, digests: Mapping[str, str]) -> None:
    """Only these digests, and no build, in the stack file of this checkout."""
    content = load(stack_file)
    if IMAGES not in (content.get("config") or {}):
        raise InputError(f"{stack_file} is no stack file of this project: it has no {IMAGES}")
    images = {k: v for k, v in content["config"][IMAGES].items() if k not in ("build", "promote")}
    content["config"][IMAGES] = {**images, "digests": dict(sorted(digests.items()))}
    stack_file.write_text(yaml.safe_dump(content, sort_keys=False, width=1000))
