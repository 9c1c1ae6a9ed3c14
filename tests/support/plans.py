"""Plans of configs, previewed in process."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from commands.render.taskdefs import TOKEN, request
from delivery.stack_files import environment_plan
from settings.stack_config import StackConfig
from simulation import process
from simulation.plan import Plan, PlannedResource
from tests.support import stacks


@cache
def plan_of_stack(stack: str) -> Plan:
    """The plan of a stack of the tests."""
    return process.preview_config(stacks.read(stack), stack, stacks.bare_project())


def plan_of(raw: dict[str, Any]) -> Plan:
    """The plan of a config given without its namespace."""
    values = {f"plataforma:{key}": value for key, value in raw.items()}
    config = StackConfig(values, frozenset({"plataforma:secrets"}))
    return process.preview_config(config, raw.get("environment", "staging"), stacks.bare_project())


@cache
def plan_of_pull_request() -> Plan:
    """The plan of the environment of pull request 7."""
    config = environment_plan.config_of_pull_request(7, stacks.FILES)
    return process.preview_config(config, "pr7", stacks.bare_project())


def only(plan: Plan, token: str, name: str | None = None) -> PlannedResource:
    """The one resource of a type (and name)."""
    found = [r for r in plan.of_type(token) if name is None or r.name == name]
    assert len(found) == 1, f"{len(found)} of {token} {name}: {[r.name for r in found]}"
    return found[0]


def task_definition(plan: Plan, service: str) -> dict[str, Any]:
    """The RegisterTaskDefinition request of a service."""
    return request(only(plan, TOKEN, service).inputs)


def containers(plan: Plan, service: str) -> dict[str, dict[str, Any]]:
    """The containers of a service's task by name."""
    return {c["name"]: c for c in task_definition(plan, service)["containerDefinitions"]}


def container(plan: Plan, service: str) -> dict[str, Any]:
    """The service's own container."""
    return containers(plan, service)[service]


def statements(plan: Plan, role: str) -> list[dict[str, Any]]:
    """The statements of a role's policy; none where it has no policy."""
    policies = [r for r in plan.of_type("aws:iam/rolePolicy:RolePolicy") if r.name == role]
    return [s for policy in policies for s in json.loads(policy.inputs["policy"])["Statement"]]
