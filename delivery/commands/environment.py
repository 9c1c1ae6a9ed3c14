"""Writes the stack file of a pull request's environment, Pulumi.pr<number>.yaml: that of another
stack, small, in its VPC, with secrets of its own. The stack is made where there is none; one that
exists keeps its secrets."""

from __future__ import annotations

import argparse
import secrets
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from delivery.aws.shared_network import network_of
from delivery.context import Context
from delivery.shared import options
from delivery.shared.errors import DeliveryError
from delivery.shared.pulumi_cli import PulumiError, pulumi
from delivery.stack_files import environment_file as files
from delivery.stack_files.environment_plan import OVERLAY
from settings import stack_file

PULL_REQUEST_TAG = ("environment", "pull-request")
"""Name and value of a tag of these stacks: a backend lists them without reading any other's state,
which the role may not."""
LETTERS = string.ascii_letters + string.digits
HEAD = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""What a stack file says, beside `config`, of the key that its secrets are encrypted with."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pr", type=int, required=True, metavar="N", help="the pull request's number"
    )
    options.add_project(parser)
    options.add_dry_run(parser)


def run(given: argparse.Namespace, context: Context) -> int:
    project, name = given.project, f"pr{given.pr}"
    overlay = files.read_overlay(project / OVERLAY)
    project_name = stack_file.project_name(project)
    base = files.base_of(overlay, project)
    aws = context.connect(base[f"{files.NAMESPACE}:region"])
    network = network_of(aws, project_name, overlay.base)
    config = files.derived(base, overlay, name, network, {})
    files.check(config, name, project_name)
    if given.dry_run:
        context.console.raw(_written({"config": config}))
        return 0
    _open(name, overlay.secrets_provider, project)
    _write(project / f"Pulumi.{name}.yaml", base, overlay, name, network)
    made = _encrypt_what_lacks(overlay, name, project)
    context.console.line(
        f"wrote Pulumi.{name}.yaml from Pulumi.{overlay.base}.yaml; new secrets: "
        f"{', '.join(made) or 'none'}"
    )
    return 0


def _open(name: str, secrets_provider: str, project: Path) -> None:
    """Leaves a stack file with the stack's key and, where it was deployed before, its secrets."""
    if _exists(name, project):
        try:
            pulumi("config", "refresh", "--force", "--stack", name, project=project)
            return
        except PulumiError as error:
            if "no previous deployment" not in str(error):
                raise
        _remove_empty(name, project)
    provider = ("--secrets-provider", secrets_provider)
    pulumi("stack", "init", name, "--no-select", *provider, project=project)
    pulumi("stack", "tag", "set", *PULL_REQUEST_TAG, "--stack", name, project=project)


def _remove_empty(name: str, project: Path) -> None:
    """A stack that was made, but has no record of a deployment, is made again."""
    try:
        pulumi("stack", "rm", "--yes", "--stack", name, project=project)
    except PulumiError as error:
        raise DeliveryError(
            f"{error}\n{name} was killed in its first deployment. Take the label away, which "
            "removes it, and set it again."
        ) from None


def _exists(name: str, project: Path) -> bool:
    """Asked of the one stack: listing them reads the state of all."""
    try:
        pulumi("stack", "select", name, project=project)
    except PulumiError as error:
        if "no stack named" not in str(error):
            raise
        return False
    return True


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
    head = {key: before[key] for key in HEAD if key in before}
    path.write_text(_written({**head, "config": config}), encoding="utf-8")


def _encrypt_what_lacks(overlay: files.Overlay, name: str, project: Path) -> list[str]:
    """Gives each secret that has none a value; it reaches the CLI through its input alone."""
    content = stack_file.load(project / f"Pulumi.{name}.yaml")
    unset = [n for n, value in content["config"][files.SECRETS].items() if value == files.UNSET]
    if not unset:
        return []
    for secret in unset:
        value = overlay.made[secret].replace(files.RANDOM, _random())
        path = f"{files.SECRETS}.{secret}"
        command = ("config", "set", "--secret", "--path", path, "--stack", name)
        pulumi(*command, given=value, project=project)
    return unset


def _random() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(40))


def _written(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, width=1000)
