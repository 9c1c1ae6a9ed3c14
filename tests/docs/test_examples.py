"""The stack files of docs/examples: each previews, and keeps every policy."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from commands.render.reference import schema
from policies.check import violations
from settings import stack_config, stack_file
from settings.project import ROOT
from simulation import process
from tests.support.stacks import bare_project

FILES = sorted((ROOT / "docs/examples").glob("Pulumi.*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_example_previews_and_keeps_every_policy(file: Path):
    stack = file.name.split(".")[1]
    content = stack_file.load(file)
    jsonschema.validate(content, schema())
    config = stack_config.config_of(content, stack, stack_file.project_name(ROOT))
    plan = process.preview_config(config, stack, bare_project())
    assert violations(plan.resources, stack) == ()
    assert plan.outputs["services"]


def test_one_web_service_takes_twelve_lines():
    text = (ROOT / "docs/examples/Pulumi.web.yaml").read_text()
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) <= 12
