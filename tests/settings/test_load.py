from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from settings.load import parse
from settings.problems import SettingsError, own_values
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


def test_of_a_config_only_this_projects_keys_are_its_own():
    config = {"plataforma:region": "eu-west-1", "aws:region": "us-east-1", "plataforma-x:a": 1}
    assert own_values(config) == {"region": "eu-west-1"}


def test_the_small_config_is_valid():
    assert set(parse(BASE).services) == {"backend", "worker"}


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: str(case["change"])[:70])
def test_a_broken_config_names_the_key_the_problem_and_what_is_allowed(case: dict[str, Any]):
    change = {k: ABSENT if v == "(absent)" else v for k, v in case["change"].items()}
    assert errors_of(changed(change)) == case["errors"]


def test_all_problems_of_a_config_are_reported_at_once():
    raw = copy.deepcopy(BASE)
    expected: list[str] = []
    for path, value, error in [
        (
            "database.version",
            17,
            'database.version: 17 is not allowed: write "17". Allowed: PostgreSQL version',
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


def test_a_section_with_a_wrong_key_hides_no_problem_of_another():
    found = errors_of(
        changed({"cache.replicas": 9, "services.worker.scaling.queue.acceptableLatencySeconds": 1})
    )
    path = "services.worker.scaling.queue.acceptableLatencySeconds"
    assert [error.partition(": ")[0] for error in found] == ["cache.replicas", path]
