"""Fails unless each image that a stack file deploys by digest was signed by main's own run of this
repository's pipeline. Who may push to the registry can't sign so.

Sources: Fulcio, docs/oidc.md (the certificate's identity is the `job_workflow_ref` of the signing
job); cosign 3, doc/cosign_verify.md.
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Mapping

from delivery.context import Context
from delivery.github.repository import name_of
from delivery.shared import options
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.image_digests import ImageDigests, is_digest, of_service
from delivery.stack_files.images_section import images_of_services, read_images

SIGNER = ".github/workflows/cicd.yml@refs/heads/main"
"""The workflow whose job signs, and the ref of its run."""
ISSUER = "https://token.actions.githubusercontent.com"
SERVER = "https://github.com"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", metavar="NAME", required=True, help="e.g. staging")
    parser.add_argument(
        "--digests",
        metavar="IMAGE=DIGEST ...",
        help="verify these, with spaces between, in place of those in the stack file",
    )
    options.add_repository(parser)
    options.add_project(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    identity = _identity(args.repo, context.environment)
    registry, digests = read_images(args.stack, args.project)
    if args.digests:
        digests = _given(args.digests, images_of_services(args.stack, args.project))
    if not digests:
        raise InputError(f"Pulumi.{args.stack}.yaml names no digests: write them first")
    refused = dict[str, str]()
    for image, digest in digests.items():
        reference = f"{registry}/{image}@{digest}"
        problem = _problem(reference, identity)
        context.console.line(f"{reference}: {problem or f'signed by {identity}'}")
        if problem:
            refused[image] = problem
    if refused:
        raise DeliveryError(
            f"{len(refused)} of {len(digests)} images are not signed by {identity}: "
            f"{', '.join(refused)}. Nothing is deployed. Deploy what a run of main has built; "
            "`cosign verify` says who signed an image."
        )
    return 0


def _given(text: str, services: Mapping[str, str]) -> ImageDigests:
    pairs = {name: digest for name, _, digest in (word.partition("=") for word in text.split())}
    wrong = [name for name, digest in pairs.items() if not is_digest(digest)]
    if wrong:
        raise InputError(f"--digests: write {', '.join(f'{name}=sha256:...' for name in wrong)}")
    named = [name for name in pairs if name in services and name not in services.values()]
    if named:
        problems = (of_service(name, services[name]) for name in named)
        raise InputError(f"--digests: {'; '.join(problems)}")
    return ImageDigests(pairs)


def _identity(repository: str | None, environment: Mapping[str, str]) -> str:
    server = environment.get("GITHUB_SERVER_URL") or SERVER
    return f"{server}/{name_of(repository, environment)}/{SIGNER}"


def _problem(reference: str, identity: str) -> str:
    """Why it is not trusted; empty where it is. Errors: InputError without cosign."""
    command = ["cosign", "verify", "--certificate-identity", identity]
    command += ["--certificate-oidc-issuer", ISSUER, "--output", "text", reference]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise InputError("cosign is not on PATH") from None
    lines = (done.stderr or done.stdout).strip().splitlines()
    return (lines[-1] if lines else "cosign failed") if done.returncode else ""
