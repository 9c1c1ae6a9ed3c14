"""The real awsx makes what simulation/vpc.py makes: compared where `pulumi-resource-awsx` (3.11) is
on PATH."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.configs import changed
from tests.support.projects import Project, project
from tests.support.real_providers import serve_all_but

COMPONENT = "awsx:ec2:Vpc"


def made(folder: Path, pulumi: Path) -> Project:
    folder.mkdir()
    result = project(folder, pulumi)
    result.write("staging", changed({"secrets.REDIS_PASSWORD": {"secure": "v1:ciphertext"}}))
    assert result.up("staging") == 0, result.said
    return result


def network(stack: Project) -> dict[str, dict[str, Any]]:
    """What the state holds of the component and its children, by URN."""
    return {
        resource["urn"]: {
            **{key: resource.get(key) for key in ("type", "parent", "inputs", "outputs")},
            "dependencies": sorted(resource.get("dependencies", [])),
            "propertyDependencies": {
                key: sorted(urns) for key, urns in resource.get("propertyDependencies", {}).items()
            },
        }
        for resource in stack.state("staging")
        if COMPONENT in resource["urn"]
    }


@pytest.mark.needs("pulumi-resource-awsx")
def test_the_real_awsx_makes_the_simulated_network(
    pulumi_cli: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = made(tmp_path / "simulated", pulumi_cli)
    serve_all_but("awsx", monkeypatch)
    real = made(tmp_path / "real", pulumi_cli)
    assert real.changes("staging") == set()
    assert network(real) == network(simulated)
