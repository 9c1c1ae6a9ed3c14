"""The project's own stack files, which belong to its users: valid, and rendered. Each test says in
a line what to do. No other test reads them (tests/conftest.py)."""

from __future__ import annotations

from typing import Any

import pytest

from bootstrap import environments
from commands.outside_boundary import outside_boundary
from commands.preview import EXPECTED_ERRORS
from commands.render import taskdefs
from settings import stack_file
from settings.problems import NAMESPACE
from settings.project import ROOT
from simulation import process
from simulation.plan import Plan

STACKS = taskdefs.stacks()


def preview(stack: str, folder: str = ".") -> Plan:
    try:
        return process.preview(stack, ROOT / folder)
    except EXPECTED_ERRORS as error:
        pytest.fail(str(error), pytrace=False)


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_is_valid_and_its_task_definitions_are_rendered(stack: str):
    result = taskdefs.rendered(preview(stack))
    committed = {path: path.read_text() for path in taskdefs.FOLDER.glob(f"*.{stack}.json")}
    if committed != result:
        pytest.fail(f"infra/aws is not as Pulumi.{stack}.yaml: run `make taskdefs`", pytrace=False)


def test_no_task_definition_is_left_of_a_stack_that_is_gone():
    left = [p.name for p in taskdefs.FOLDER.glob("*.json") if p.name.split(".")[-2] not in STACKS]
    if left:
        pytest.fail(f"infra/aws has {', '.join(left)}: run `make taskdefs`", pytrace=False)


@pytest.mark.parametrize("stack", environments.names_in(ROOT))
def test_tasks_may_use_what_a_stack_asks_for(stack: str):
    _fail_outside_boundary(stack, stack_file.load(ROOT / stack_file.file_name(stack))["config"])


def test_tasks_of_pull_requests_may_use_what_their_overlay_asks_for():
    file = ROOT / "infra/pull-request.yml"
    if not file.exists():
        pytest.skip("pull requests get no environment")
    overlay = stack_file.load(file)
    config = {**overlay["config"], f"{NAMESPACE}:secrets": overlay["secrets"]}
    _fail_outside_boundary("ephemeral", config)


def _fail_outside_boundary(stack: str, config: dict[str, Any]) -> None:
    account = stack_file.load(ROOT / environments.FILE)["config"]
    if found := list(outside_boundary(stack, config, account)):
        pytest.fail("\n".join(": ".join(one) for one in found), pytrace=False)


def test_the_account_is_valid():
    preview("account", "bootstrap")
