from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from commands.render.reference import rendered, schema
from settings.load import parse
from settings.plain_text import plain_text_secrets
from settings.problems import SettingsError
from settings.project import ROOT
from tests.support.configs import ABSENT, BASE, changed

BROKEN: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "tests/settings/broken_configs.yaml").read_text()
)


def errors_of(raw: dict[str, Any]) -> list[str]:
    stack = "prod" if raw.get("environment") == "prod" else "staging"
    with pytest.raises(SettingsError) as refused:
        parse(raw, stack=stack)
    return [str(problem).removeprefix("plataforma:") for problem in refused.value.problems]


def test_the_small_config_is_valid():
    assert set(parse(BASE).services) == {"backend", "worker"}


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: str(case["change"])[:70])
def test_a_broken_config_names_the_key_the_problem_and_what_is_allowed(case: dict[str, Any]):
    change = {k: ABSENT if v == "(absent)" else v for k, v in case["change"].items()}
    assert errors_of(changed(change)) == case["errors"]


def test_all_problems_of_a_config_are_told_at_once():
    raw = copy.deepcopy(BASE)
    expected: list[str] = []
    for path, value, error in [
        (
            "database.version",
            17,
            "database.version: 17 is not allowed. Allowed: PostgreSQL version",
        ),
        ("services.backend.cpu", 300, "services.backend.cpu: 300 is not allowed."),
        ("services.worker.memory", 9, "services.worker.memory: 9 MiB does not go with cpu 256."),
        ("services.worker.publishes", ["evnts"], "services.worker.publishes: unknown broker queue"),
        ("migrations.service", "bakend", "migrations.service: bakend is not a service."),
        ("edgy", {}, "edgy: unknown key. Did you mean edge?"),
    ]:
        *parents, last = path.split(".")
        holder = raw
        for parent in parents:
            holder = holder.setdefault(parent, {})
        holder[last] = value
        expected.append(error)
    found = errors_of(raw)
    assert len(found) == len(expected)
    for line in expected:
        assert any(error.startswith(line) for error in found), line


def test_a_secret_value_is_never_shown_in_an_error():
    raw = changed({"secrets.TOKEN": {"ref": "hunter2-hunter2", "value": "hunter2-hunter2"}})
    assert "hunter2" not in "\n".join(errors_of(raw))
    assert "hunter2" not in repr(parse(changed({"secrets.TOKEN": "hunter2-hunter2"})))


def test_a_secret_in_plain_text_is_refused(tmp_path: Path):
    path = tmp_path / "Pulumi.staging.yaml"
    path.write_text(
        "config:\n  plataforma:secrets:\n    A: hunter2\n    B: ssm:/a\n    C: {secure: v1:x}\n"
        "    D: {value: hunter2}\n    E: {value: {secure: v1:x}}\n"
    )
    problems = list(plain_text_secrets(path))
    assert [problem.path for problem in problems] == ["secrets.A", "secrets.D"]
    assert "hunter2" not in str(problems)


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_committed_stack_files_hold_only_ciphertext_and_references(stack: str):
    assert not list(plain_text_secrets(ROOT / f"Pulumi.{stack}.yaml"))


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_committed_stack_files_fit_the_schema(stack: str):
    jsonschema.validate(yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text()), schema())


def test_schema_and_config_reference_are_as_the_models_say():
    for path, text in rendered().items():
        assert path.read_text() == text, f"{path.name} is out of date: run `make reference`"
