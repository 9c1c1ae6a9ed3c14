"""Whatever a team changes in its stack files, they and the tests stay green: `make test-edits`.

Only the tests of tests/project/ may read stack files (tests/support/users_files.py): what they do
is done here for each edit. A few edits are also made in a copy of the repository, where the tests
run that look at every file. With EDITS=whole each edit is, and the tier `fast` runs there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from commands.render.reference import schema
from settings import stack_config, stack_file
from settings.project import ROOT
from simulation import process
from tests.edits import scratch
from tests.edits.scratch import Clone
from tests.support.stacks import make_project

EDITS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "edits.yml").read_text())
WHOLE = os.environ.get("EDITS") == "whole"
MANY_FILES = ("go live", "the worker removed", "another environment")
CLONED = [edit for edit in EDITS if WHOLE or edit["name"] in MANY_FILES or "images" in str(edit)]
READERS = (
    "tests/project",
    "tests/docs/test_layout.py",
    "tests/docs/test_habits.py",
    "tests/delivery/test_changes.py::test_every_file_matches_a_row",
)
TESTS = ("-m", "fast") if WHOLE else READERS


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


def contents(project: Path) -> dict[str, Any]:
    return {file.name: stack_file.load(file) for file in sorted(project.glob("Pulumi.*.yaml"))}


@pytest.mark.parametrize("edit", EDITS, ids=name_of)
def test_an_edit_is_valid(edit: dict[str, Any], project: Path):
    scratch.apply({}, project)
    before = contents(project)
    scratch.apply(edit, project)
    after = contents(project)
    assert after != before
    for file, content in after.items():
        jsonschema.validate(content, schema())
        assert process.preview(file.split(".")[1], project).resources
    account = stack_config.config_of(
        stack_file.load(project / "bootstrap/Pulumi.account.yaml"), "account", "plataforma"
    )
    assert process.preview_config(account, "account", ROOT / "bootstrap").resources


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
