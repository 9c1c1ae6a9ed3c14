"""Changes of running services on the real engine: what is safe happens in order, what is not is
refused before anything that serves requests has changed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.configs import changed
from tests.support.projects import Project, project

SERVING = ("ecs/service:Service", "lb/listenerRule", "lb/targetGroup", "securityGroupIngressRule")


def config() -> dict[str, Any]:
    """A service of each strategy, named for it."""
    made = changed({"migrations": {"service": "rolling"}})
    made["secrets"]["REDIS_PASSWORD"] = {"secure": "v1:ciphertext"}
    backend = made["services"].pop("backend")
    for strategy in ("rolling", "blue-green", "codedeploy"):
        route = {"paths": [f"/{strategy}/*"]}
        made["services"][strategy] = {**backend, "route": route, "rollout": {"strategy": strategy}}
    return made


@pytest.fixture(scope="module")
def live(pulumi_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    stack = project(tmp_path_factory.mktemp("changes"), pulumi_cli)
    stack.write("staging", config())
    assert stack.up("staging") == 0, stack.said
    return stack


def serving(stack: Project, service: str) -> list[str]:
    """The inputs of what sends requests to a service."""
    return [
        json.dumps([resource["urn"], resource["inputs"]])
        for resource in stack.state("staging")
        if any(kind in resource["urn"] for kind in SERVING)
        if service in resource["urn"].rpartition("::")[2]
    ]


def step(said: str, *parts: str) -> int:
    """The last line of an update's output that holds all of `parts`."""
    found = [i for i, line in enumerate(said.splitlines()) if all(part in line for part in parts)]
    assert found, f"no line of {parts} in\n{said}"
    return found[-1]


def needed(stack: Project, service: str) -> set[tuple[str, str]]:
    """Type and name of all that the ECS service depends on: made before it, deleted after it."""
    resources = {resource["urn"]: resource for resource in stack.state("staging")}
    waiting = [u for u in resources if "ecs/service:Service" in u and u.endswith(f"::{service}")]
    found = set[str]()
    while waiting:
        urn = waiting.pop()
        if urn not in found:
            found.add(urn)
            waiting += resources[urn].get("dependencies") or []
    return {(urn.split("::")[2].rpartition(":")[2], urn.split("::")[3]) for urn in found}


def test_tasks_start_after_and_end_before_all_that_they_need(live: Project):
    assert needed(live, "blue-green") >= {
        ("RolePolicy", "blue-green-execution"),
        ("RolePolicyAttachment", "blue-green-rollout"),
        ("LogGroup", "blue-green"),
        ("ClusterCapacityProviders", "cluster"),
        ("SecurityGroupEgressRule", "blue-green-https-out"),
        ("SecurityGroupEgressRule", "blue-green-to-database"),
        ("SecurityGroupIngressRule", "blue-green-to-database"),
        ("SecurityGroupIngressRule", "edge-to-blue-green"),
        ("ListenerRule", "blue-green"),
        ("ListenerRule", "blue-green-test"),
    }
    assert ("RolePolicy", "worker-task") in needed(live, "worker")


@pytest.mark.parametrize(
    ("service", "key", "value", "reason"),
    [
        ("rolling", "rollout", {"strategy": "blue-green"}, "from rolling to blue-green"),
        ("blue-green", "rollout", {"strategy": "rolling"}, "from blue-green to rolling"),
        ("codedeploy", "rollout", {"strategy": "rolling"}, "from codedeploy to rolling"),
        ("blue-green", "port", 4000, "port can't change from 3000 to 4000"),
        ("codedeploy", "port", 4000, "port can't change from 3000 to 4000"),
    ],
)
def test_an_unsafe_change_is_refused(
    live: Project, service: str, key: str, value: Any, reason: str
):
    before = serving(live, service)
    assert len(before) >= 3
    live.edit("staging", f"services.{service}.{key}", value)
    assert live.up("staging") != 0
    assert reason in live.said[-1]
    assert "Add a service of another name" in live.said[-1]
    assert serving(live, service) == before
    live.write("staging", config())


def test_a_rolling_service_moves_to_a_new_port_before_the_old_one_closes(live: Project):
    live.edit("staging", "services.rolling.port", 4000)
    touched = {(kind, operation) for kind, _, operation in live.changes("staging")}
    assert ("ListenerRule", "update") not in touched
    assert ("TargetGroup", "replace") not in touched
    assert live.up("staging") == 0, live.said
    rule, said = "SecurityGroupIngressRule edge-to-rolling", live.said[-1]
    opened = step(said, rule, "created replacement")
    moved = step(said, "ecs:Service rolling", "updated")
    assert opened < moved < step(said, rule, "deleted original")
    assert live.changes("staging") == set()


def test_capacity_changes_by_an_update_alone(live: Project):
    live.write("staging", config())
    assert live.up("staging") == 0
    live.edit("staging", "services.rolling.spotShare", 50)
    assert live.changes("staging") == {("Service", "rolling", "update")}
    live.write("staging", config())


def test_a_second_service_takes_over_what_the_first_one_can_not_become(live: Project):
    wanted = config()
    services, first = wanted["services"], wanted["services"]["blue-green"]
    second = copy.deepcopy(first) | {"port": 4000, "rollout": {"strategy": "rolling"}}
    second["route"]["priority"], first["route"]["priority"] = 30, 20
    live.write("staging", {**wanted, "services": {**services, "second": second}})
    assert live.up("staging") == 0, live.said

    second["route"]["priority"] = 10
    live.write("staging", {**wanted, "services": {**services, "second": second}})
    assert live.changes("staging") == {("ListenerRule", "second", "update")}
    assert live.up("staging") == 0, live.said

    del services["blue-green"]
    live.write("staging", {**wanted, "services": {**services, "second": second}})
    assert live.up("staging") == 0, live.said
    assert live.changes("staging") == set()
    assert not serving(live, "blue-green")
