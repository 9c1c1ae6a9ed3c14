"""What one plan changes of another, in process, is what the real engine changes of the state."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from delivery.previews.model import PropertyDiff
from delivery.previews.process import preview_of
from settings.project import ROOT
from simulation import engine, process
from simulation.changes.comparison import compare, with_contexts
from simulation.plan import Plan
from tests.support import users_files
from tests.support.configs import BASE, changed, with_ciphertext
from tests.support.plans import plan_of
from tests.support.projects import KEPT, Change, Project, project

EDITS: tuple[dict[str, Any], ...] = (
    {"services.backend.scaling.min": 2},
    {"services.worker.memory": 2048},
    {"services.backend.port": 3001},
    {"broker.queues": ["events", "mail"]},
    {"broker.kind": "rabbitmq", "secrets.BROKER_PASSWORD": "simulated-broker-password"},
    {"cache.engine": "redis", "cache.version": "7.1"},
    {"database": {"instanceClass": "db.t4g.small"}},
    {"edge": {"cdn": {"enabled": True}}},
    {"network": {"cidr": "10.99.0.0/16"}},
)
UNREAD = users_files.left_out("node_modules", "dist")


def changes_of(plan: Plan) -> set[Change]:
    return {
        (one.type.rpartition(":")[2], one.name, one.operation)
        for one in plan.resources
        if one.operation not in KEPT
    }


@pytest.fixture(scope="module")
def live(pulumi_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = project(tmp_path_factory.mktemp("live"), pulumi_cli)
    made.write("staging", with_ciphertext(BASE))
    assert made.up("staging") == 0, made.said
    return made


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: next(iter(edit)))
def test_the_comparison_of_two_plans_is_the_engines_of_plan_and_state(
    live: Project, edit: dict[str, Any]
):
    live.write("staging", with_ciphertext(BASE))
    base = process.preview("staging", live.folder)
    live.write("staging", with_ciphertext(changed(edit)))
    compared = compare(process.preview("staging", live.folder), base, "HEAD")
    assert changes_of(compared) == live.changes("staging") != set()


def test_the_engines_plan_tells_old_from_new(live: Project):
    live.write("staging", with_ciphertext(changed({"services.backend.scaling.min": 2})))
    plan = live.preview("staging")
    assert plan.against == engine.STATE
    (change,) = preview_of(plan, ()).changes
    assert change.diffs == (PropertyDiff("minCapacity", "1", "2"),)


def test_what_the_programs_hook_refuses_is_refused_in_process_too(live: Project):
    edit = {"services.backend.rollout": {"strategy": "codedeploy"}}
    compared = compare(plan_of(changed(edit)), plan_of(BASE), "HEAD")
    (refused,) = compared.errors
    live.write("staging", with_ciphertext(changed(edit)))
    with pytest.raises(engine.EngineError) as error:
        live.preview("staging")
    assert refused in str(error.value)


def test_a_changed_file_of_an_application_builds_its_image_again(tmp_path: Path):
    for name in ("images", "monitoring", "infra", "api", "worker", "web"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=UNREAD)
    plan = plan_of(BASE)
    base = with_contexts(plan, tmp_path)
    with (tmp_path / "api/src/main.ts").open("a", encoding="utf-8") as file:
        file.write("// changed\n")
    assert changes_of(compare(with_contexts(plan, tmp_path), base, "HEAD")) == {
        ("Image", "backend", "update"),
        ("TaskDefinition", "backend", "replace"),
        ("TaskDefinition", "migrations", "replace"),
        ("Service", "backend", "update"),
    }


def test_a_plan_holds_what_was_and_what_will_be():
    base, plan = plan_of(BASE), plan_of(changed({"services.backend.scaling.min": 2}))
    compared = compare(plan, base, "HEAD")
    assert [one.inputs for one in compared.after] == [one.inputs for one in plan.after]
    assert [one.inputs for one in compared.before] == [one.inputs for one in base.after]
    assert not plan.before
