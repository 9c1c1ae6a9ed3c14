"""The pipeline on this machine, for `make test-workflow` alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from commands.rekey import encrypted
from delivery.stack_files.editing import edited
from delivery.stack_files.environment_file import OVERLAY
from settings import stack_file
from simulation import provider
from simulation.inventory import Inventory
from tests.delivery.github_server import github
from tests.walkthrough import clone, programs
from tests.walkthrough.aws import aws
from tests.walkthrough.machine import World
from tests.walkthrough.runner import Walker
from tests.walkthrough.site import site

STACKS = ("staging", "prod")


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Progress goes to the terminal, whatever pytest captures."""
    capture: Any = pytestconfig.pluginmanager.getplugin("capturemanager")

    def line(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(text, flush=True)

    return line


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, say: Callable[[str], None]) -> Iterator[World]:
    """A clean clone whose stacks have an owner, AWS, GitHub and the balancer."""
    folder = tmp_path_factory.mktemp("walk")
    state = folder / "state"
    state.mkdir()
    servers, ports = provider.serve(Inventory(folder / "inventory.jsonl"))
    engine = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "PULUMI_CONFIG_PASSPHRASE": "walk",
        "PULUMI_DEBUG_PROVIDERS": ports,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    made = clone.make(folder)
    with (
        github() as repository,
        aws(state / ".pulumi/stacks/plataforma", folder / "journal") as cloud,
        site(cloud, folder) as reached,
    ):
        if shutil.which("pulumi"):
            own_the_stacks(made, {**engine, "PULUMI_BACKEND_URL": f"file://{state}"})
        signed_in = {**engine, **reached, "AWS_ENDPOINT_URL": cloud.url}
        stand_ins = programs.install(folder / "programs")
        yield World(made, cloud, repository, stand_ins, f"file://{state}", signed_in, say)
    for server in servers:
        server.stop(grace=None)


def own_the_stacks(made: clone.Clone, variables: dict[str, str]) -> None:
    """As `make rekey` does for an owner: a stack whose secrets are real can be deployed. A
    passphrase stands for the keys of AWS."""
    for stack in STACKS:
        names = encrypted(stack_file.load(made.path / f"Pulumi.{stack}.yaml"))
        subprocess.run(
            [sys.executable, "-m", "commands.rekey", "--stack", stack, "--provider", "passphrase"],
            cwd=made.path,
            env={**os.environ, **variables, "HOME": str(made.folder)},
            input="".join(f"{name}=value-of-the-walk\n" for name in names),
            text=True,
            check=True,
        )
    with edited(made.path / OVERLAY) as overlay:
        assert "secretsProvider" in overlay, f"{OVERLAY} names no secretsProvider"
        overlay["secretsProvider"] = "passphrase"
    made.commit("the stacks have an owner")


@pytest.fixture(scope="session")
def walker(world: World) -> Walker:
    return Walker(world)
