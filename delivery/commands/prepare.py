"""Updates the migrations' task definition before the services, with what its task may read and the
resources that either needs and that do not exist yet, by the preview with the policies. Before the
stack's first deployment, deploys everything: there is no database to migrate. Without
plataforma:migrations it does nothing."""

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
from delivery.previews.grouping import stack_of
from delivery.shared import options
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.json_file import read_json
from delivery.shared.pulumi_cli import pulumi
from delivery.shared.stack_state import StackState, state_of_stack
from settings import stack_file
from settings.problems import NAMESPACE
from settings.service.migrations import MigrationSettings

PREVIEW = "pulumi preview --json --show-sames --policy-pack policies"
UP = ("up", "--yes", "--skip-preview", "--suppress-outputs")
MIGRATIONS = "aws:ecs/taskDefinition:TaskDefinition::migrations"
EXECUTION_POLICY = "aws:iam/rolePolicy:RolePolicy::{service}-execution"
"""Of the role that reads the secrets of the service's task."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", required=True, metavar="NAME", help="e.g. staging")
    parser.add_argument(
        "--preview",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"the output of `{PREVIEW}`, which has to have passed",
    )
    options.add_project(parser)
    options.add_dry_run(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    project, stack = args.project, ("--stack", args.stack)
    migrations = _migrations(args.stack, project)
    if migrations is None:
        context.console.line(f"{args.stack}: no migrations, nothing to prepare")
        return 0
    preview = _passed(args.preview, args.stack)
    outputs = json.loads(pulumi("stack", "output", "--json", *stack, project=project))
    targets = _targets(args, preview, migrations) if "migrations" in outputs else []
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


def _targets(
    args: argparse.Namespace, preview: CliPreview, migrations: Mapping[str, Any]
) -> list[str]:
    """URNs, the first two as globs. A targeted update creates no resource that is not a target, so
    new dependencies have to be targets too. It fails where it would delete another that depends on
    a target, as a failed rollout leaves a replaced task definition (Pulumi 3.260.0,
    pkg/resource/deploy/step_generator.go, GenerateDeletes)."""
    service = migrations.get("service", MigrationSettings().service)
    ends = (MIGRATIONS, EXECUTION_POLICY.format(service=service))
    state = state_of_stack(args.stack, args.project)
    new = new_dependencies(preview.steps, ends)
    return [*(f"**{end}" for end in ends), *new, *left_behind(state)]


def left_behind(state: StackState) -> list[str]:
    """Of services. To register their next revision early changes none of them."""
    return [urn for urn in state.replaced_task_definitions() if not urn.endswith(f"::{MIGRATIONS}")]


def _passed(file: Path, stack: str) -> CliPreview:
    """The preview of the stack. A rule that it breaks is no message in it (Pulumi 3.260.0,
    pkg/backend/display/json.go): the exit code of the command that wrote it tells that.

    Errors: InputError for a file that is no preview or of another stack; DeliveryError with the
    messages of a preview that failed.
    """
    try:
        preview = CliPreview.model_validate(read_json(file, PREVIEW))
    except ValidationError:
        raise InputError(f"{file} holds no preview. `{PREVIEW}` writes one.") from None
    if messages := preview.messages("error"):
        raise DeliveryError("\n".join([f"the preview of {stack} failed:", *messages]))
    other = next((name for step in preview.steps if (name := stack_of(step.urn)) != stack), None)
    if other is not None or not preview.steps:
        raise InputError(
            f"{file} is a preview of {other or 'nothing'}, not of {stack}. `{PREVIEW}` writes one."
        )
    return preview
