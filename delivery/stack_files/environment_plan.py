"""What the environment of a pull request makes, found in process: no account, no network."""

from __future__ import annotations

from pathlib import Path

from delivery.stack_files import environment_file as files
from settings import stack_config, stack_file
from simulation import process
from simulation.plan import Plan

OVERLAY = Path("infra/pull-request.yml")
VPC = {
    "vpcId": "vpc-0a1b2c3d",
    "publicSubnetIds": ["subnet-0a000001", "subnet-0a000002"],
    "privateSubnetIds": ["subnet-0b000001", "subnet-0b000002"],
    "isolatedSubnetIds": ["subnet-0c000001", "subnet-0c000002"],
}
"""Stands for the VPC, whose ids only AWS knows."""


def plan_of_pull_request(number: int, project: Path) -> Plan:
    """Errors: InputError where the overlay or the stack file it would give is wrong."""
    name = f"pr{number}"
    overlay = files.read_overlay(project / OVERLAY)
    config = files.derived(files.base_of(overlay, project), overlay, name, VPC, {})
    project_name = stack_file.project_name(project)
    files.check(config, name, project_name)
    given = stack_config.config_of({"config": config}, name, project_name)
    return process.preview_config(given, name, project)
