"""Renders .github/workflows/promote.yml, the deployments in the order of promotion, from the
environments in bootstrap/Pulumi.account.yaml: `make workflows`.

A workflow's jobs are fixed when GitHub reads it, and a matrix hands nothing from one of its jobs to
the next, so the chain of deployments is written out. Source: GitHub Docs, "Workflow syntax for
GitHub Actions", jobs.<job_id>.strategy.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bootstrap import environments
from commands.render.output import write_files
from settings.project import ROOT

PAGE = ROOT / ".github/workflows/promote.yml"
HEADER = """\
# Rendered by `make workflows` from the environments in bootstrap/Pulumi.account.yaml. The first
# deploys the images that this run has built, each other one the digests that the one before it
# runs, once its reviewers have approved.
name: promote

on:
  workflow_call:

permissions: {}

jobs:
"""


def rendered() -> dict[Path, str]:
    """The workflow by its path."""
    return {PAGE: text(environments.names_in(ROOT))}


def text(names: Sequence[str]) -> str:
    return HEADER + "\n".join(_job(name, before) for name, before in _steps(names))


def _steps(names: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    yield names[0], None
    yield from zip(names[1:], names[:-1], strict=True)


def _job(name: str, before: str | None) -> str:
    needs = [f"    needs: {before}"] if before else []
    source = f"      digests: ${{{{ needs.{before}.outputs.digests }}}}"
    lines = [
        f"  {name}:",
        *needs,
        "    uses: ./.github/workflows/deploy.yml",
        "    permissions:",
        "      contents: read",
        "      id-token: write",
        "      packages: read",
        "    with:",
        f"      stack: {name}",
        source if before else "      built: true",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    write_files(ROOT, rendered())
    return 0


if __name__ == "__main__":
    sys.exit(main())
