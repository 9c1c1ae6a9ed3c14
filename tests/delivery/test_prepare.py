"""Which resources the update before the migrations creates. tests/simulation/test_engine.py runs
the command on the real engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from delivery.commands.prepare import left_behind
from delivery.previews.cli import Step
from delivery.previews.dependencies import new_dependencies
from delivery.shared.stack_state import state_in
from tests.delivery.stack import Run, run

ENDS = ("TaskDefinition::migrations", "RolePolicy::backend-execution")


def urn(name: str) -> str:
    return f"urn:pulumi:staging::plataforma::aws:x/y:Z::{name}"


def step(op: str, name: str, **state: Any) -> dict[str, Any]:
    where = name if name.startswith("urn:") else urn(name)
    return {"op": op, "urn": where, "newState": state}


def newly_needed(steps: list[dict[str, Any]]) -> list[str]:
    """The names of the new dependencies."""
    found = new_dependencies([Step.model_validate(made) for made in steps], ENDS)
    return [name.rpartition("::")[2] for name in found]


def test_what_the_targets_newly_need_is_a_target_too_at_whatever_distance():
    migrations = "urn:pulumi:staging::plataforma::aws:ecs/taskDefinition:TaskDefinition::migrations"
    steps = [
        step("create", "parent"),
        step("create", "provider"),
        step("create", "key"),
        step("create", "parameter", dependencies=[urn("key")], parent=urn("parent")),
        step("update", "database", dependencies=[urn("subnet")]),
        step("create", "subnet"),
        step("create", "unrelated"),
        {"op": "delete", "urn": urn("removed"), "oldState": {}},
        step(
            "create-replacement",
            migrations,
            provider=f"{urn('provider')}::id",
            propertyDependencies={"containerDefinitions": [urn("parameter"), urn("database")]},
        ),
        step("replace", migrations),
    ]
    steps[-1]["newState"] = steps[-2]["newState"]
    assert newly_needed(steps) == ["key", "parameter", "parent", "provider"]


def test_a_new_dependency_may_be_imported_or_needed_by_one_property_or_deletion():
    steps = [
        step("import", "imported"),
        step("create", "holder"),
        step("create", "other"),
        step("create", "unneeded"),
        step(
            "update",
            "RolePolicy::backend-execution",
            dependencies=[urn("imported")],
            deletedWith=urn("holder"),
            replaceWith=[urn("other")],
            propertyDependencies={"role": None},
        ),
    ]
    assert newly_needed(steps) == ["holder", "imported", "other"]


def test_without_new_dependencies_the_targets_are_enough():
    assert newly_needed([step("create", "unrelated")]) == []


def test_task_definitions_that_a_failed_rollout_left_are_deleted_with_the_targets():
    """Else each deployment after it failed."""
    kind = "aws:ecs/taskDefinition:TaskDefinition"
    resources = [
        {"urn": f"urn:pulumi:staging::p::{kind}::{name}", "type": kind, "delete": old}
        for name, old in zip(
            ["backend", "backend", "worker", "migrations", "migrations"],
            [False, True, False, True, False],
            strict=True,
        )
    ]
    state = state_in({"deployment": {"resources": resources}}, "state.json")
    assert left_behind(state) == [resources[1]["urn"]]


def prepared(folder: Path, preview: str, config: str = "    plataforma:migrations: {}\n") -> Run:
    (folder / "Pulumi.yaml").write_text("name: plataforma\n")
    (folder / "Pulumi.web.yaml").write_text(f"config:\n    plataforma:environment: web\n{config}")
    (folder / "preview.json").write_text(preview)
    words = ["prepare", "--stack", "web", "--preview", str(folder / "preview.json")]
    return run([*words, "--project", str(folder)])


def test_a_stack_without_migrations_needs_nothing_before_its_services(tmp_path: Path):
    done = prepared(tmp_path, "{}", "")
    assert (done.code, done.out) == (0, "web: no migrations, nothing to prepare\n")


FAILED = {
    "diagnostics": [
        {"message": "error: no zone\n", "severity": "error"},
        {"message": "warning: old", "severity": "warning"},
    ]
}


@pytest.mark.parametrize(
    ("preview", "code", "said"),
    [
        (json.dumps(FAILED), 1, "the preview of web failed:\nerror: no zone\n"),
        (json.dumps({"steps": [step("same", "a")]}), 2, "is a preview of staging, not of web"),
        (json.dumps({"changeSummary": {}}), 2, "is a preview of nothing, not of web"),
        (json.dumps({"steps": 1}), 2, "holds no preview"),
        ("", 2, "is empty"),
    ],
)
def test_without_the_stacks_own_preview_that_passed_nothing_is_changed(
    tmp_path: Path, preview: str, code: int, said: str
):
    done = prepared(tmp_path, preview)
    assert done.code == code
    assert said in done.err
    assert "warning: old" not in done.err
