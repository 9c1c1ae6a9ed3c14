"""Whatever a team changes in its stack files, they and the tests stay green: `make test-edits`.

Only the tests of tests/project/ may read stack files (tests/support/users_files.py): what they do
is done here for each edit. A few edits are also made in a copy of the repository, where the tests
run that look at every file. With EDITS=fast each edit is, and the tier `fast` runs there; with
EDITS=whole all tests do whose programs are there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from commands.render.reference import schema
from delivery.stack_files.environment_file import OVERLAY
from delivery.stack_files.environment_plan import plan_of_pull_request
from settings import stack_config, stack_file
from settings.project import ROOT
from simulation import process
from tests.edits import scratch
from tests.edits.scratch import Clone
from tests.support.stacks import make_project

EDITS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "edits.yml").read_text())
ACCOUNT = Path("bootstrap/Pulumi.account.yaml")
TIERS = {"fast": ("-m", "fast"), "whole": ("tests",)}
MANY_FILES = ("go live", "the worker removed", "another environment", "no domain")
READERS = (
    "tests/project",
    "tests/docs/test_layout.py",
    "tests/docs/test_habits.py",
    "tests/docs/test_links.py",
    "tests/delivery/test_changes.py::test_every_file_matches_a_row",
    "tests/delivery/test_changes.py::test_every_row_is_the_first_to_match_some_file",
)
ASKED = os.environ.get("EDITS", "")
CLONED = [edit for edit in EDITS if ASKED or edit["name"] in MANY_FILES or "images" in str(edit)]
TESTS = TIERS[ASKED] if ASKED else READERS


def name_of(edit: dict[str, Any]) -> str:
    return str(edit["name"])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    make_project(folder)
    (folder / "images").unlink()
    shutil.copytree(ROOT / "images", folder / "images")
    return folder


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return scratch.clone(tmp_path_factory.mktemp("clone") / "plataforma")


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(schema())


def contents(project: Path) -> dict[str, Any]:
    files = [*project.glob("Pulumi.*.yaml"), project / ACCOUNT, project / OVERLAY]
    return {path.name: stack_file.load(path) for path in files if path.is_file()}


@pytest.mark.parametrize("edit", EDITS, ids=name_of)
def test_an_edit_is_valid(
    edit: dict[str, Any], project: Path, validator: jsonschema.Draft7Validator
):
    scratch.apply({}, project)
    before = contents(project)
    scratch.apply(edit, project)
    after = contents(project)
    changed = {name for name, content in after.items() if content != before.get(name)}
    assert changed
    account = after.pop(ACCOUNT.name)
    if ACCOUNT.name in changed:
        config = stack_config.config_of(account, "account", "plataforma")
        assert process.preview_config(config, "account", ROOT / "bootstrap").resources
    if after.pop(OVERLAY.name, None):
        assert plan_of_pull_request(7, project).resources
    for file in after.keys() & changed:
        validator.validate(after[file])
        assert process.preview(file.split(".")[1], project).resources


@pytest.mark.parametrize("edit", EDITS, ids=name_of)
def test_an_edit_takes_fifteen_lines_at_most(edit: dict[str, Any]):
    assert scratch.lines(edit) <= 15


@pytest.mark.parametrize("edit", CLONED, ids=name_of)
def test_the_tests_stay_green(edit: dict[str, Any], clone: Clone):
    clone.apply(edit)
    clone.run("pytest", *TESTS, "-q", "-p", "no:cacheprovider", "--no-header")


def test_what_is_not_rendered_says_so_in_a_line(clone: Clone):
    clone.apply({})
    scratch.apply({"both": {"services": {"backend": {"cpu": 2048, "memory": 4096}}}}, clone.path)
    with pytest.raises(AssertionError) as failed:
        clone.run("pytest", "tests/project", "-q", "--no-header")
    told = [line for line in str(failed.value).splitlines() if "make taskdefs" in line]
    assert "infra/aws is not as Pulumi.staging.yaml: run `make taskdefs`" in told
    assert "Traceback" not in str(failed.value)
