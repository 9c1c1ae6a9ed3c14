"""The project's own stack files, which belong to its users: valid, and rendered. Each test says in
a line what to do. No other test reads them (tests/conftest.py)."""

from __future__ import annotations

import pytest

from commands.preview import EXPECTED_ERRORS
from commands.render import taskdefs
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


def test_the_account_is_valid():
    preview("account", "bootstrap")
