"""Brings the migrations' task definition up to date, before the services are: it, what its task may
read, and what either newly depends on. Where nothing is deployed yet, everything: then there is no
database to migrate either."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from delivery.context import Context
from delivery.shared import options
from delivery.shared.pulumi_cli import PulumiError, pulumi
from settings import stack_file
from settings.problems import NAMESPACE
from settings.service.migrations import MigrationSettings

UP = ("up", "--yes", "--skip-preview", "--suppress-outputs")
LACKING = re.compile(r"depends on '(urn:pulumi:[^']+)' which was")
ROUNDS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", required=True, metavar="NAME", help="e.g. staging")
    options.add_project(parser)
    options.add_dry_run(parser)


def run(given: argparse.Namespace, context: Context) -> int:
    project, stack = given.project, ("--stack", given.stack)
    deployed = json.loads(pulumi("stack", "output", "--json", *stack, project=project))
    targets = _targets(given.stack, project) if "migrations" in deployed else []
    context.console.line(f"{given.stack}: {', '.join(targets) or 'everything, the first time'}")
    if given.dry_run:
        return 0
    if not targets:
        pulumi(*UP, *stack, project=project, shown=True)
        return 0
    context.console.raw(_up(stack, targets, project))
    return 0


def _targets(stack: str, project: Path) -> list[str]:
    """Globs of URNs. The secrets that its task starts with are read by the execution role of its
    service."""
    config = stack_file.load(stack_file.find(stack, project))["config"]
    service = (config.get(f"{NAMESPACE}:migrations") or {}).get(
        "service", MigrationSettings().service
    )
    return [
        "**aws:ecs/taskDefinition:TaskDefinition::migrations",
        f"**aws:iam/rolePolicy:RolePolicy::{service}-execution",
    ]


def _up(stack: tuple[str, str], targets: list[str], project: Path) -> str:
    """Pulumi makes nothing that a target newly depends on, but names it: it is then a target too.

    Errors: PulumiError for whatever else it says.
    """
    for _ in range(ROUNDS):
        words = [word for target in targets for word in ("--target", target)]
        try:
            return pulumi(*UP, *words, *stack, project=project)
        except PulumiError as error:
            new = sorted(set(LACKING.findall(str(error))) - set(targets))
            if not new:
                raise
            targets = [*targets, *new]
    raise PulumiError(f"the migrations depend on ever more: {', '.join(targets)}")
