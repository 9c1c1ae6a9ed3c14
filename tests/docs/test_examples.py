"""The stack files of docs/examples: each previews, and keeps every policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

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


def test_the_compose_example_is_translated_as_its_page_says():
    """By the page's table: the services that are built, with their ports, commands and numbers."""
    folder = ROOT / "docs/examples"
    compose = yaml.safe_load((folder / "compose.yml").read_text())["services"]
    config = stack_file.load(folder / "Pulumi.notes.yaml")["config"]
    services: dict[str, Any] = config["plataforma:services"]
    built = {name: one for name, one in compose.items() if "build" in one}
    tool = {name for name, one in built.items() if "profiles" in one}
    assert set(built) - tool == set(services)
    assert [built[name]["command"] for name in tool] == [config["plataforma:migrations"]["command"]]
    for name, service in services.items():
        before = built[name]
        ports = [*before.get("ports", []), *before.get("expose", [])]
        assert {service.get("port")} == {int(port.split(":")[-1]) for port in ports} or not ports
        assert service.get("command") == before.get("command")
        assert service.get("database", False) == ("DATABASE_URL" in before.get("environment", {}))
        assert service.get("cache", False) == ("REDIS_URL" in before.get("environment", {}))
    assert services["api"]["scaling"]["min"] == built["api"]["deploy"]["replicas"]
    assert f"{services['worker']['stopTimeoutSeconds']}s" == built["worker"]["stop_grace_period"]
