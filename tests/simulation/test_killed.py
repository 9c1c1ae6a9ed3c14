"""An update that is killed between AWS's creation of a resource and Pulumi's note of it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from settings.project import ROOT
from simulation import engine
from simulation.cli import interrupted
from simulation.inventory import Inventory
from tests.support.configs import BASE, with_ciphertext
from tests.support.projects import Project, project

DYING = """
import json, os, signal, sys
from pathlib import Path
from simulation import engine
from simulation.inventory import Inventory

folder, pulumi = map(Path, sys.argv[1:3])
create = Inventory.create

def create_and_die(self, resource):
    create(self, resource)
    if resource.type == sys.argv[3]:
        cli = child()
        while True:  # until the state is not just being written
            os.kill(cli, signal.SIGSTOP)
            os.waitid(os.P_PID, cli, os.WSTOPPED | os.WNOWAIT)
            if is_whole(engine.state_path("staging", folder).read_text(), resource.urn):
                os.killpg(0, signal.SIGKILL)
            os.kill(cli, signal.SIGCONT)

def child():
    tasks = Path("/proc/self/task").iterdir()
    return int(" ".join((task / "children").read_text() for task in tasks).split()[0])

def is_whole(state, urn):
    try:
        return bool(json.loads(state)) and urn in state
    except ValueError:
        return False

Inventory.create = create_and_die
engine._update("staging", folder, pulumi, None, "up", *engine._FLAGS, "--yes", "--parallel=1")
"""


STOPPED = """
import os, signal, sys, time
from pathlib import Path
from simulation import engine
from simulation.inventory import Inventory

folder, pulumi = map(Path, sys.argv[1:3])
create = Inventory.create

def interrupt_and_create(self, resource):
    if resource.type == "aws:rds/instance:Instance":
        os.killpg(0, signal.SIGINT)
        time.sleep(2)  # AWS takes its time
    create(self, resource)

Inventory.create = interrupt_and_create
sys.exit(engine.up("staging", folder, pulumi))
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
def test_a_refresh_imports_what_a_killed_update_created(stack: Project, token: str, refused: str):
    """Without the import AWS refuses a second resource of the name."""
    up_that_dies_after(stack, token)
    assert not in_state(stack, token)
    if refused:
        assert stack.up("staging") != 0
        assert refused in stack.said[-1]
    assert stack.refresh("staging") == 0, stack.said[-1]
    assert in_state(stack, token)
    assert stack.up("staging") == 0, stack.said[-1]
    assert stack.urns_in_aws() == stack.urns_in_state("staging")
    assert stack.changes("staging") == set()


@pytest.mark.needs("jq")
def test_the_documented_commands_import_it(stack: Project):
    up_that_dies_after(stack, "aws:iam/role:Role")
    (urn,) = pending(stack)
    find, import_it = commands("## A killed update")
    assert run(stack, find).splitlines()[0] == urn
    name = urn.rpartition("::")[2]
    set_id = f"""
      jq '(.resources[] | select(.type == "aws:iam/role:Role")
          | select((.logicalName // .name) == "{name}")).id = "{id_in_aws(stack, urn)}"' \\
        all.json >set.json && mv set.json all.json
    """
    run(stack, set_id + import_it)
    assert pending(stack) == []
    assert stack.urns_in_aws() == stack.urns_in_state("staging")
    assert stack.changes("staging") == set()


def test_pulumi_forgets_what_its_refresh_is_told_to_import(stack: Project):
    """Once this fails, the page can say what Pulumi's own documentation says."""
    up_that_dies_after(stack, "aws:iam/role:Role")
    (urn,) = pending(stack)
    flag = "--import-pending-creates"
    run(stack, f"pulumi refresh {flag}='{urn}' {flag}='{id_in_aws(stack, urn)}'")
    assert pending(stack) == []
    assert not in_state(stack, "aws:iam/role:Role")


def in_state(stack: Project, token: str) -> set[str]:
    return {urn for urn in stack.urns_in_state("staging") if token in urn}


def pending(stack: Project) -> list[str]:
    return interrupted.pending(engine.state_path("staging", stack.folder))


def id_in_aws(stack: Project, urn: str) -> str:
    (found,) = Inventory(engine.inventory_path(stack.folder)).of_urn(urn)
    return found.id


def commands(heading: str) -> list[str]:
    """The blocks of commands below a heading of docs/operations.md."""
    page = (ROOT / "docs/operations.md").read_text()
    section = page.partition(f"{heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def run(stack: Project, block: str) -> str:
    """What commands of the page print, run as they are but for the stack and the questions."""
    with engine.open_session("staging", stack.folder, stack.pulumi) as session:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.replace("--stack prod", "--stack staging")],
            cwd=session.directory,
            env={**session.environment, "PULUMI_SKIP_CONFIRMATIONS": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_ctrl_c_lets_the_cli_wait_for_aws_and_save_its_state(stack: Project):
    """The terminal sends it to the command and to the CLI."""
    done = subprocess.run(
        [sys.executable, "-c", STOPPED, str(stack.folder), str(stack.pulumi)],
        cwd=ROOT,
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "^C received; cancelling." in done.stdout
    assert done.returncode == -signal.SIGINT, done.stderr
    state = engine.state_path("staging", stack.folder).read_text()
    latest = json.loads(state)["checkpoint"]["latest"]
    assert "aws:rds/instance:Instance" in {one["type"] for one in latest["resources"]}
    assert not latest.get("pending_operations")
    assert not list(stack.folder.glob(".pulumi-local/state/.pulumi/locks/**/*.json"))
