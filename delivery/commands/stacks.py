"""Prints the permanent stacks in the order of promotion, as lines for GITHUB_OUTPUT: `stacks` for a
job's matrix, `names`, and the `first`, which builds the images. bootstrap/Pulumi.account.yaml lists
them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from bootstrap import environments
from delivery.context import Context
from delivery.shared import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_project(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    context.console.raw(outputs(environments.names_in(args.project)))
    return 0


def outputs(names: Sequence[str]) -> str:
    matrix = [{"stack": name, "role": f"AWS_ROLE_PREVIEW_{name.upper()}"} for name in names]
    return "\n".join(
        [f"stacks={json.dumps(matrix)}", f"names={' '.join(names)}", f"first={names[0]}"]
    )
