"""Updates the migrations' task definition before the services, with what its task may read and the
resources that either needs and that do not exist yet. Before the stack's first deployment, deploys
everything: there is no database to migrate. Without plataforma:migrations it does nothing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from delivery.context import Context
from delivery.previews.cli import CliPreview
from delivery.previews.dependencies import new_dependencies
from delivery.shared import options
from delivery.shared.errors import DeliveryError
from delivery.shared.pulumi_cli import PulumiError, pulumi
from delivery.shared.stack_state import StackState, state_of_stack
from settings import stack_file
from settings.problems import NAMESPACE
from settings.service.migrations import MigrationSettings

UP = ("up", "--yes", "--skip-preview", "--suppress-outputs")
MIGRATIONS = "aws:ecs/taskDefinition:TaskDefinition::migrations"
EXECUTION_POLICY = "aws:iam/rolePolicy:RolePolicy::{service}-execution"
"""Of the role that reads the secrets of the service's task."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", required=True, metavar="NAME", help="e.g. staging")
    options.add_project(parser)
    options.add_dry_run(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    project, stack = args.project, ("--stack", args.stack)
    migrations = _migrations(args.stack, project)
    if migrations is None:
        context.console.line(f"{args.stack}: no migrations, nothing to prepare")
        return 0
    outputs = json.loads(pulumi("stack", "output", "--json", *stack, project=project))
    targets = _targets(args.stack, project, migrations) if "migrations" in outputs else []
    context.console.line(f"{args.stack}: {', '.join(targets) or 'first deployment, everything'}")
    if args.dry_run:
        return 0
    flags = [word for target in targets for word in ("--target", target)]
    pulumi(*UP, *flags, *stack, project=project, shown=True)
    return 0


def _migrations(stack: str, project: Path) -> dict[str, Any] | None:
    """The section of the stack file; None without one."""
    content = stack_file.load(stack_file.find(stack, project))
    config = stack_file.config_in(content, stack, stack_file.project_name(project))
    return config.get(f"{NAMESPACE}:migrations")


def _targets(stack: str, project: Path, migrations: Mapping[str, Any]) -> list[str]:
    """URNs, the first two as globs. A targeted update creates no resource that is not a target, so
    new dependencies have to be targets too. It fails where it would delete another that depends on
    a target, as a failed rollout leaves a replaced task definition (Pulumi 3.260.0,
    pkg/resource/deploy/step_generator.go, GenerateDeletes)."""
    service = migrations.get("service", MigrationSettings().service)
    ends = (MIGRATIONS, EXECUTION_POLICY.format(service=service))
    new = new_dependencies(_preview(stack, project).steps, ends)
    return [*(f"**{end}" for end in ends), *new, *left_behind(state_of_stack(stack, project))]


def left_behind(state: StackState) -> list[str]:
    """Of services. To register their next revision early changes none of them."""
    return [urn for urn in state.replaced_task_definitions() if not urn.endswith(f"::{MIGRATIONS}")]


def _preview(stack: str, project: Path) -> CliPreview:
    """Errors: DeliveryError with the messages of a preview that fails."""
    try:
        printed = pulumi("preview", "--json", "--stack", stack, project=project)
    except PulumiError as error:
        messages = error_messages(error.stdout)
        if not messages:
            raise
        raise DeliveryError("\n".join([f"the preview of {stack} failed:", *messages])) from None
    return CliPreview.model_validate_json(printed)


def error_messages(printed: str) -> list[str]:
    """The errors in the output of `pulumi preview --json`, which prints them nowhere else."""
    try:
        return CliPreview.model_validate_json(printed).messages("error")
    except ValidationError:
        return []
