"""Prints the permanent stacks in the order of promotion, as lines for GITHUB_OUTPUT: their `names`,
`stacks` for a job's matrix, and the `first`, which builds the images. bootstrap/Pulumi.account.yaml
lists them, and says which are `previewed` on pull requests with a role (for a matrix too), and
which are `unpreviewed`: pull requests preview these in process, where nothing is decrypted."""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Sequence

from bootstrap import environments
from delivery.context import Context
from delivery.shared import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_project(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    names = environments.names_in(args.project)
    context.console.raw(outputs(names, environments.previewed_in(args.project)))
    return 0


def outputs(names: Sequence[str], previewed: Collection[str]) -> str:
    lines = {
        "names": " ".join(names),
        "stacks": _matrix(names),
        "first": names[0],
        "previewed": _matrix([name for name in names if name in previewed]),
        "unpreviewed": " ".join(name for name in names if name not in previewed),
    }
    return "\n".join(f"{key}={value}" for key, value in lines.items())


def preview_role(name: str) -> str:
    """The variable of the repository that holds the role."""
    return f"AWS_ROLE_PREVIEW_{name.upper()}"


def _matrix(names: Sequence[str]) -> str:
    return json.dumps([{"stack": name, "role": preview_role(name)} for name in names])
