"""Which commit a stack runs, from the updates that its state keeps.

The CLI records of each update the commit of the program's repository and the names of its own
flags. Source: Pulumi 3.260, pkg/cmd/pulumi/metadata/metadata.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from delivery.shared.pulumi_cli import pulumi

COMMIT = "git.head"
TARGET = "pulumi.flag.target"
LISTED = 50


class Update(BaseModel):
    """One entry of `pulumi stack history`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: str
    result: str = ""
    environment: dict[str, str] = Field(default_factory=dict[str, str])

    @property
    def commit(self) -> str:
        return self.environment.get(COMMIT, "")

    @property
    def is_complete(self) -> bool:
        """Whether it deployed the whole stack, not the migrations' task definition alone."""
        return self.result == "succeeded" and TARGET not in self.environment


def updates_of(stack: str, project: Path) -> list[Update]:
    """The newest first; those before the stack was last destroyed do not count.

    Errors: PulumiError where there is no such stack.
    """
    command = ("stack", "history", "--output", "json", "--page-size", str(LISTED))
    printed = pulumi(*command, "--stack", stack, project=project)
    listed = TypeAdapter(list[Update]).validate_json(printed or "[]")
    return [update for update in _since_destroyed(listed) if update.kind == "update"]


def _since_destroyed(listed: Sequence[Update]) -> Sequence[Update]:
    ends = (n for n, one in enumerate(listed) if (one.kind, one.result) == ("destroy", "succeeded"))
    return listed[: next(ends, len(listed))]
