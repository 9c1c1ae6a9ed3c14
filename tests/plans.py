"""Plans of configs, made in process."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from commands.taskdefs import TOKEN, request
from delivery import environment_file
from simulation import process, stack_config
from simulation.plan import Plan, PlannedResource
from simulation.stack_config import StackConfig

ROOT = Path(__file__).parent.parent
VPC = {
    "vpcId": "vpc-0a1b2c3d",
    "publicSubnetIds": ["subnet-0a000001", "subnet-0a000002"],
    "privateSubnetIds": ["subnet-0b000001", "subnet-0b000002"],
    "isolatedSubnetIds": ["subnet-0c000001", "subnet-0c000002"],
}
"""A VPC that is there, as the setting network.existing takes it."""


@cache
def plan_of_stack(stack: str) -> Plan:
    """What a stack file of this repository makes."""
    return process.preview(stack, ROOT)


def plan_of(raw: dict[str, Any]) -> Plan:
    """The plan of a config given without its namespace."""
    values = {f"plataforma:{key}": value for key, value in raw.items()}
    config = StackConfig(values, frozenset({"plataforma:secrets"}))
    return process.preview_config(config, raw.get("environment", "staging"), ROOT)


@cache
def plan_of_pull_request() -> Plan:
    """What the environment of a pull request makes, pr7, in a VPC of staging's."""
    overlay = environment_file.read_overlay(ROOT / "infra/pull-request.yml")
    base = stack_config.load(ROOT / f"Pulumi.{overlay.base}.yaml")["config"]
    config = environment_file.derived(base, overlay, "pr7", VPC, {})
    return process.preview_config(
        stack_config.config_of({"config": config}, "pr7", "plataforma"), "pr7", ROOT
    )


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
    return {made["name"]: made for made in task_definition(plan, service)["containerDefinitions"]}


def container(plan: Plan, service: str) -> dict[str, Any]:
    """The service's own container."""
    return containers(plan, service)[service]


def statements(plan: Plan, role: str) -> list[dict[str, Any]]:
    """The statements of a role's policy; none where it has no policy."""
    policies = [r for r in plan.of_type("aws:iam/rolePolicy:RolePolicy") if r.name == role]
    return [s for policy in policies for s in json.loads(policy.inputs["policy"])["Statement"]]
