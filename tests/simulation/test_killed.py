"""An update that is killed between AWS's creation of a resource and Pulumi's note of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from settings.project import ROOT
from tests.support.configs import BASE, with_ciphertext
from tests.support.projects import Project, project

DYING = """
import os, signal, sys
from pathlib import Path
from simulation import engine
from simulation.inventory import Inventory

create = Inventory.create

def create_and_die(self, resource):
    create(self, resource)
    if resource.type == sys.argv[3]:
        os.killpg(0, signal.SIGKILL)

Inventory.create = create_and_die
folder, pulumi = map(Path, sys.argv[1:3])
# One at a time: else the state may be half written by another.
engine._run_on_terminal("staging", folder, pulumi, "up", *engine._FLAGS, "--yes", "--parallel=1")
"""


@pytest.fixture
def stack(pulumi_cli: Path, tmp_path: Path) -> Project:
    made = project(tmp_path, pulumi_cli)
    made.write("staging", with_ciphertext(BASE))
    return made


def up_that_dies_after(stack: Project, token: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(stack.folder), str(stack.pulumi), token],
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode < 0


@pytest.mark.parametrize(
    ("token", "refused"),
    [
        ("aws:iam/role:Role", "EntityAlreadyExists"),
        ("aws:rds/instance:Instance", "DBInstanceAlreadyExists"),
        ("aws:ec2/vpc:Vpc", ""),
    ],
)
def test_a_refresh_takes_over_what_a_killed_update_began(stack: Project, token: str, refused: str):
    """Without the refresh AWS refuses a second resource of the name."""
    up_that_dies_after(stack, token)
    assert not {urn for urn in stack.urns_in_state("staging") if token in urn}
    if refused:
        assert stack.up("staging") != 0
        assert refused in stack.said[-1]
    assert stack.refresh("staging") == 0, stack.said[-1]
    assert stack.up("staging") == 0, stack.said[-1]
    assert stack.urns_in_aws() == stack.urns_in_state("staging")
    assert stack.changes("staging") == set()
