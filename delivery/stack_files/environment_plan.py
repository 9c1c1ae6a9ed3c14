"""The in-process preview of a pull request's environment: needs no account and no network."""

from __future__ import annotations

from pathlib import Path

from delivery.stack_files import environment_file as files
from settings import stack_config, stack_file
from settings.stack_config import StackConfig
from simulation import process
from simulation.plan import Plan

VPC = {
    "vpcId": "vpc-0a1b2c3d",
    "publicSubnetIds": ["subnet-0a000001", "subnet-0a000002"],
    "privateSubnetIds": ["subnet-0b000001", "subnet-0b000002"],
    "isolatedSubnetIds": ["subnet-0c000001", "subnet-0c000002"],
}
"""In place of the VPC's real ids, which only AWS knows."""


def plan_of_pull_request(number: int, project: Path) -> Plan:
    """Errors: InputError if the overlay, or the stack file made with it, is wrong."""
    config = config_of_pull_request(number, project)
    return process.preview_config(config, f"pr{number}", project)


def config_of_pull_request(number: int, project: Path) -> StackConfig:
    """Errors: as of `plan_of_pull_request`."""
    name = f"pr{number}"
    overlay = files.read_overlay(project / files.OVERLAY)
    config = files.derived(files.base_of(overlay, project), overlay, name, VPC, {})
    project_name = stack_file.project_name(project)
    files.check(config, name, project_name)
    return stack_config.config_of({"config": config}, name, project_name)
