"""What AWS or its services change by themselves is no drift: a refresh and an update leave it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulation import engine
from simulation.inventory import Inventory
from tests.simulation.walks import PLATFORM, after
from tests.support.projects import Project, project

ROLLED = {"services.backend.rollout": {"strategy": "blue-green"}}
MOVED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a scheduled action": (
        "aws:appautoscaling/target:Target",
        "backend-scaling",
        {"minCapacity": 2, "maxCapacity": 4},
    ),
    "the autoscaler": ("aws:ecs/service:Service", "backend", {"desiredCount": 3}),
    "a minor upgrade of the database": (
        "aws:rds/instance:Instance",
        "database",
        {"engineVersionActual": "17.6"},
    ),
    "growth of the database's disk": (
        "aws:rds/instance:Instance",
        "database",
        {"allocatedStorage": 30},
    ),
    "a minor upgrade of the cache": (
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "cache",
        {"engineVersionActual": "8.0.1"},
    ),
}
"""Type, name and properties, by what moves them."""


@pytest.fixture(scope="module")
def moved(pulumi_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A stack of which AWS moved all of MOVED, after a refresh."""
    stack = project(tmp_path_factory.mktemp("moved"), pulumi_cli)
    stack.write("staging", after(PLATFORM.first, ROLLED))
    assert stack.up("staging") == 0, stack.said
    inventory = Inventory(engine.inventory_path(stack.folder))
    for token, name, properties in MOVED.values():
        inventory.move(key_of(inventory, token, name), properties)
    force_ssl(inventory)
    swap(inventory)
    assert stack.refresh("staging") == 0, stack.said
    return stack


def key_of(inventory: Inventory, token: str, name: str) -> str:
    found = [r for r in inventory.of_type(token) if r.urn.rpartition("::")[2] == name]
    assert len(found) == 1, f"{token} {name}"
    return found[0].key


def force_ssl(inventory: Inventory) -> None:
    """AWS gives a static parameter back as one that waits for a reboot."""
    token = "aws:rds/parameterGroup:ParameterGroup"
    key = key_of(inventory, token, "database")
    found = inventory.find(key)
    assert found
    parameters = [
        {**parameter, "applyMethod": "pending-reboot"}
        if parameter["name"] == "rds.force_ssl"
        else parameter
        for parameter in found.properties["parameters"]
    ]
    inventory.move(key, {"parameters": parameters})


def swap(inventory: Inventory) -> None:
    """A blue-green deployment: green has the traffic, and is the service's first target group."""
    service = inventory.find(key_of(inventory, "aws:ecs/service:Service", "backend"))
    rule = inventory.find(key_of(inventory, "aws:lb/listenerRule:ListenerRule", "backend"))
    assert service
    assert rule
    balancer = service.properties["loadBalancers"][0]
    advanced = balancer["advancedConfiguration"]
    blue, green = balancer["targetGroupArn"], advanced["alternateTargetGroupArn"]
    swapped = {**advanced, "alternateTargetGroupArn": blue}
    moved = {**balancer, "targetGroupArn": green, "advancedConfiguration": swapped}
    inventory.move(service.key, {"desiredCount": 3, "loadBalancers": [moved]})
    groups = [{"arn": blue, "weight": 0}, {"arn": green, "weight": 100}]
    actions = [{"type": "forward", "forward": {"targetGroups": groups}}]
    inventory.move(rule.key, {"actions": actions})


def test_what_aws_moved_is_in_the_state_and_no_change_is_planned(moved: Project):
    by_key = {(r["type"], r["urn"].rpartition("::")[2]): r for r in moved.state("staging")}
    for token, name, properties in MOVED.values():
        assert {k: by_key[token, name]["outputs"].get(k) for k in properties} == properties
    assert moved.changes("staging") == set()


def test_an_update_of_something_else_leaves_it(moved: Project):
    moved.edit("staging", "services.backend.environment", {"LOG_LEVEL": "debug"})
    assert moved.up("staging") == 0, moved.said[-1]
    assert moved.changes("staging") == set()
