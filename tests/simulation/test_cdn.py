"""CloudFront on or off in production, on the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulation import engine
from simulation.inventory import Inventory
from tests.support.configs import changed, with_ciphertext
from tests.support.projects import Project, project

LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"


@pytest.fixture
def live(pulumi_cli: Path, tmp_path: Path) -> Project:
    stack = project(tmp_path, pulumi_cli)
    write(stack, behind_cdn=False)
    assert stack.up("prod") == 0, stack.said
    return stack


def write(stack: Project, behind_cdn: bool) -> None:
    keys = {
        "alarms": {"emails": ["ops@example.com"]},
        "edge": {"cdn": {"enabled": behind_cdn}},
        "environment": "prod",
    }
    stack.write("prod", with_ciphertext(changed(keys)))


def inventory(stack: Project) -> Inventory:
    return Inventory(engine.inventory_path(stack.folder))


def load_balancer(stack: Project) -> dict[str, object]:
    (found,) = inventory(stack).of_type(LOAD_BALANCER)
    return {**found.properties, **found.moved}


def lift_the_protection(stack: Project) -> None:
    """What docs/operations.md has an operator do in AWS."""
    made = inventory(stack)
    (found,) = made.of_type(LOAD_BALANCER)
    made.move(found.key, {"enableDeletionProtection": False})


def test_a_protected_load_balancer_is_replaced_once_its_protection_is_lifted(live: Project):
    for behind_cdn, scheme in ((True, "internal"), (False, "internet-facing")):
        write(live, behind_cdn)
        before = live.state("prod")
        assert live.up("prod") != 0
        assert f"to {scheme} while its deletion protection is on" in live.said[-1]
        assert live.state("prod") == before
        lift_the_protection(live)
        assert live.up("prod") == 0, live.said[-1]
        assert live.changes("prod") == set()
        assert load_balancer(live)["internal"] is behind_cdn
        assert load_balancer(live)["enableDeletionProtection"] is True
