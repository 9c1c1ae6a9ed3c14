"""Writes the stack file of a pull request's environment, Pulumi.pr<number>.yaml: a small copy of a
base stack in that stack's VPC, with its own secrets. Creates the stack if it does not exist;
otherwise keeps its secrets."""

from __future__ import annotations

import argparse
import json
import secrets
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from delivery.aws.shared_network import network_of
from delivery.context import Context
from delivery.github.repository import connect
from delivery.shared import options
from delivery.shared.errors import DeliveryError
from delivery.shared.pulumi_cli import ENCRYPTION_KEYS, STACK_NOT_FOUND, PulumiError, pulumi
from delivery.stack_files import environment_file as files
from delivery.stack_files.editing import yaml_text
from settings import stack_file

LETTERS = string.ascii_letters + string.digits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pr", type=int, required=True, metavar="N", help="the pull request's number"
    )
    parser.add_argument(
        "--commit",
        metavar="SHA",
        help="fail unless GitHub says that the pull request is open, has its label, and is at this "
        "commit: it may have been closed, or pushed to, while the images were built",
    )
    options.add_repository(parser)
    options.add_project(parser)
    options.add_dry_run(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    project, name = args.project, f"pr{args.pr}"
    if args.commit:
        _must_be_wanted(args, context)
    overlay = files.read_overlay(project / files.OVERLAY)
    project_name = stack_file.project_name(project)
    base = files.base_of(overlay, project)
    aws = context.connect(base[f"{files.NAMESPACE}:region"])
    network = network_of(aws, project_name, overlay.base)
    config = files.derived(base, overlay, name, network, {})
    files.check(config, name, project_name)
    if args.dry_run:
        context.console.raw(yaml_text({"config": config}))
        return 0
    _open(name, overlay.secrets_provider, project)
    _write(project / f"Pulumi.{name}.yaml", base, overlay, name, network)
    generated = _generate_missing_secrets(overlay, name, project)
    context.console.line(
        f"wrote Pulumi.{name}.yaml from Pulumi.{overlay.base}.yaml; new secrets: "
        f"{', '.join(generated) or 'none'}"
    )
    return 0


def _must_be_wanted(args: argparse.Namespace, context: Context) -> None:
    """Errors: DeliveryError where the environment would be of an earlier commit, or of nobody."""
    found = connect(args.repo, context.environment, context.clock).pull_request(args.pr)
    if found is None or found.state != "open":
        why = "is not open"
    elif files.LABEL not in found.label_names:
        why = f"has no label {files.LABEL}"
    elif found.head.sha != args.commit:
        why = f"is at {found.head.sha[:12]}, and not at {args.commit[:12]}"
    else:
        return
    raise DeliveryError(f"pull request {args.pr} {why}: nothing was deployed.")


def _open(name: str, secrets_provider: str, project: Path) -> None:
    """Makes sure that the stack exists, and that its stack file has its key and, if it was deployed
    before, its secrets."""
    state = _state(name, project)
    if state == "deployed":
        pulumi("config", "refresh", "--force", "--stack", name, project=project)
        return
    if state == "empty":
        _remove_empty(name, project)
    provider = ("--secrets-provider", secrets_provider)
    pulumi("stack", "init", name, "--no-select", *provider, project=project)
    pulumi("stack", "tag", "set", *files.PULL_REQUEST_TAG, "--stack", name, project=project)


def _state(name: str, project: Path) -> Literal["missing", "empty", "deployed"]:
    """Empty: the stack was created, but its first deployment never ended."""
    history = ("stack", "history", "--output", "json", "--page-size", "1", "--stack", name)
    try:
        updates = json.loads(pulumi(*history, project=project))
    except PulumiError as error:
        if error.exit_code != STACK_NOT_FOUND:
            raise
        return "missing"
    return "deployed" if updates else "empty"


def _remove_empty(name: str, project: Path) -> None:
    """Its key is lost with its stack file, so an empty stack is created again."""
    try:
        pulumi("stack", "rm", "--yes", "--stack", name, project=project)
    except PulumiError as error:
        raise DeliveryError(
            f"{error}\nThe first deployment of {name} was killed. Remove the label, which destroys "
            "the environment, and add it again."
        ) from None


def _write(
    path: Path,
    base: Mapping[str, Any],
    overlay: files.Overlay,
    name: str,
    network: Mapping[str, Any],
) -> None:
    before = stack_file.load(path) if path.exists() else {}
    known = (before.get("config") or {}).get(files.SECRETS) or {}
    config = files.derived(base, overlay, name, network, known)
    key = {word: before[word] for word in ENCRYPTION_KEYS if word in before}
    path.write_text(yaml_text({**key, "config": config}), encoding="utf-8")


def _generate_missing_secrets(overlay: files.Overlay, name: str, project: Path) -> list[str]:
    """Generates the secrets that have no value; returns their names. The CLI reads the values from
    its standard input: other processes see the arguments."""
    content = stack_file.load(project / f"Pulumi.{name}.yaml")
    unset = [n for n, value in content["config"][files.SECRETS].items() if value == files.UNSET]
    for secret in unset:
        value = overlay.generated[secret].replace(files.RANDOM, _random())
        path = f"{files.SECRETS}.{secret}"
        command = ("config", "set", "--secret", "--path", path, "--stack", name)
        pulumi(*command, stdin=value, project=project)
    return unset


def _random() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(40))
