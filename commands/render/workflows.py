"""Renders .github/workflows/promote.yml, the deployments in the order of promotion with their
approvals, from the environments in bootstrap/Pulumi.account.yaml: `make workflows`.

A workflow's jobs are fixed when GitHub reads it, and a matrix hands nothing from one of its jobs to
the next, so the chain of deployments is written out. Source: GitHub Docs, "Workflow syntax for
GitHub Actions", jobs.<job_id>.strategy.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from bootstrap import environments
from commands.render.output import write_files
from delivery.commands.stacks import preview_role
from settings.project import ROOT

PAGE = ROOT / ".github/workflows/promote.yml"
APPROVE = "approve-"
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
APPROVAL = """\
  {job}:
    needs: {before}
    uses: ./.github/workflows/approve.yml
    permissions:
      actions: read
      contents: read
      id-token: write
    with:
      stack: {name}
      role: {role}
      digests: ${{{{ needs.{before}.outputs.digests }}}}
"""
DEPLOYMENT = """\
  {name}:
{needs}    uses: ./.github/workflows/deploy.yml
    permissions:
      contents: read
      id-token: write
      packages: read
      pull-requests: read
    with:
      stack: {name}
      {source}
"""


def rendered() -> dict[Path, str]:
    """The workflow by its path."""
    return {PAGE: text_of(ROOT)}


def text_of(project: Path) -> str:
    return text(environments.names_in(project), environments.reviewed_in(project))


def text(names: Sequence[str], reviewed: Collection[str]) -> str:
    return HEADER + "\n".join(_jobs(names, reviewed))


def _jobs(names: Sequence[str], reviewed: Collection[str]) -> Iterator[str]:
    yield DEPLOYMENT.format(name=names[0], needs="", source="built: true")
    for name, before in zip(names[1:], names[:-1], strict=True):
        needs, approval = before, f"{APPROVE}{name}"
        if name in reviewed:
            role = preview_role(name)
            yield APPROVAL.format(job=approval, before=before, name=name, role=role)
            needs = f"[{before}, {approval}]"
        source = f"digests: ${{{{ needs.{before}.outputs.digests }}}}"
        yield DEPLOYMENT.format(name=name, needs=f"    needs: {needs}\n", source=source)


def main() -> int:
    write_files(ROOT, rendered())
    return 0


if __name__ == "__main__":
    sys.exit(main())
