"""The order in which a stack is made and destroyed is never left to chance.

The engine deletes a resource before what it depends on, and everything else at once: what another
resource needs must be among its dependencies, or AWS refuses one of two orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from resource_types.catalog import TYPES
from resource_types.refusals import Associated, Needed, values_at
from simulation import refusals
from simulation.inventory import Existing
from tests.simulation.walks import STRATEGIES, after
from tests.support.projects import Project, project

WIDE = {
    "broker": {"kind": "rabbitmq", "queues": ["events"]},
    "database": {"password": "DATABASE_PASSWORD", "proxy": True, "readReplicas": 1},
    "edge": {"cdn": {"enabled": True}},
    "network": {"endpoints": ["logs"]},
    "secrets.BROKER_PASSWORD": {"secure": "v1:x"},
    "secrets.DATABASE_PASSWORD": {"secure": "v1:x"},
    "services.internal": {"image": "backend", "port": 8080, "reachableBy": ["s0"]},
}
State = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def made(pulumi_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> State:
    """Each kind of rollout, store and edge in one stack: its state by URN."""
    stack: Project = project(tmp_path_factory.mktemp("order"), pulumi_cli)
    stack.write("staging", after(STRATEGIES.first, WIDE))
    assert stack.up("staging") == 0, stack.said
    return {resource["urn"]: resource for resource in stack.state("staging")}


def test_what_a_resource_needs_is_made_before_it_and_goes_after_it(made: State):
    resources = [existing(state) for state in made.values() if state["custom"]]
    by_chance = {
        f"{_name(user)} needs {_name(needed)}: {error}"
        for needed, user, error in needs(resources)
        if needed.urn not in _before(made, user.urn)
    }
    assert by_chance == set()


def needs(resources: list[Existing]) -> list[tuple[Existing, Existing, str]]:
    """What is needed, by whom, and the error of the rule that says so."""
    found: list[tuple[Existing, Existing, str]] = []
    for one in resources:
        for rule in TYPES[one.type].refusals if one.type in TYPES else ():
            if isinstance(rule, Needed):
                found += [(one, user, rule.error) for user in refusals.users(rule, one, resources)]
            elif isinstance(rule, Associated):
                found += [(holder, one, rule.error) for holder in _holders(rule, one, resources)]
    return found


def _holders(rule: Associated, one: Existing, resources: list[Existing]) -> list[Existing]:
    wanted = {value for path in rule.paths.split() for value in values_at(one.properties, path)}
    return [
        other
        for other in resources
        for path in rule.holders.get(other.type, "").split()
        if wanted & set(values_at(other.properties, path))
    ]


def existing(state: Mapping[str, Any]) -> Existing:
    properties = {**state.get("inputs", {}), **state.get("outputs", {})}
    urn, token = state["urn"], state["type"]
    return Existing(urn, urn, token, state.get("id", ""), properties=properties)


def _before(made: State, urn: str) -> set[str]:
    """Everything that a resource depends on, its parents among it."""
    found: set[str] = set()
    open_ends = [urn]
    while open_ends:
        state = made[open_ends.pop()]
        nearest = {*(state.get("dependencies") or []), state.get("parent", "")} - {""} - found
        found |= nearest
        open_ends += [other for other in nearest if other in made]
    return found


def _name(resource: Existing) -> str:
    return f"{resource.type.rpartition(':')[2]} {resource.urn.rpartition('::')[2]}"
