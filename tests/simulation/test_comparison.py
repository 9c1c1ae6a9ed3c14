"""What one plan changes of another, in process, is what the real engine changes of the state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulation import process
from simulation.changes.comparison import compare
from simulation.plan import Plan
from tests.support.configs import BASE, changed, with_ciphertext
from tests.support.plans import only, plan_of
from tests.support.projects import KEPT, Change, Project, project

EDITS: tuple[dict[str, Any], ...] = (
    {"services.backend.scaling.min": 2},
    {"services.worker.memory": 2048},
    {"services.backend.port": 3001},
    {"services.backend.rollout": {"strategy": "codedeploy"}},
    {"broker.queues": ["events", "mail"]},
    {"broker.kind": "rabbitmq", "secrets.BROKER_PASSWORD": "simulated-broker-password"},
    {"cache.engine": "redis", "cache.version": "7.1"},
    {"database": {"instanceClass": "db.t4g.small"}},
    {"edge": {"cdn": {"enabled": True}}},
    {"network": {"cidr": "10.99.0.0/16"}},
)
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"


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
    expected = live.changes("staging")
    # The engine's steps of components: they are made of the resources that are compared.
    made = {(type_, name) for type_, name, _ in changes_of(compared)}
    assert made
    assert changes_of(compared) == expected
