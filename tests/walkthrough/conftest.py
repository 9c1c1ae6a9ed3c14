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
from tests.delivery.github_server import Repository, github
from tests.delivery.github_settings import Environment
from tests.support.failed_rollouts import failing
from tests.walkthrough import clone, events, programs
from tests.walkthrough.aws import aws
from tests.walkthrough.cloud import Cloud
from tests.walkthrough.machine import World
from tests.walkthrough.runner import Ended, Run, Walker
from tests.walkthrough.site import site

STACKS = ("staging", "prod")
CHECKED = ("cicd/applications", "cicd/program", "cicd/containers", "cicd/pipeline")


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Prints progress to the terminal in spite of pytest's capture."""
    capture: Any = pytestconfig.pluginmanager.getplugin("capturemanager")

    def line(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(text, flush=True)

    return line


@pytest.fixture(autouse=True)
def said_if_meant(request: pytest.FixtureRequest, say: Callable[[str], None]) -> None:
    """Says before the failure of a run is printed that it is meant."""
    mark = request.node.get_closest_marker("meant")
    if mark:
        say(f"\nmeant to fail: {mark.args[0]}")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, say: Callable[[str], None]) -> Iterator[World]:
    """A clean clone with its own stack secrets, AWS, GitHub and the load balancer."""
    folder = tmp_path_factory.mktemp("walk")
    state = folder / "state"
    state.mkdir()
    fresh_clone = clone.make(folder)
    breaks = set[str]()
    inventory = Inventory(folder / "inventory.jsonl")
    servers, ports = provider.serve(inventory, fresh_clone.path, failing(breaks))
    engine = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "PULUMI_CONFIG_PASSPHRASE": "walk",
        "PULUMI_DEBUG_PROVIDERS": ports,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    with (
        github() as repository,
        aws(state / ".pulumi/stacks/plataforma", folder / "journal", breaks) as cloud,
        site(cloud, folder) as reached,
    ):
        approval = Environment("prod-approval", [{"type": "required_reviewers"}])
        repository.settings.environments[approval.name] = approval
        if shutil.which("pulumi"):
            encrypt_secrets(fresh_clone, {**engine, "PULUMI_BACKEND_URL": f"file://{state}"})
        signed_in = {**engine, **reached, "AWS_ENDPOINT_URL": cloud.url}
        stand_ins = programs.install(folder / "programs")
        yield World(fresh_clone, cloud, repository, stand_ins, f"file://{state}", signed_in, say)
    for server in servers:
        server.stop(grace=None)


def encrypt_secrets(fresh_clone: clone.Clone, variables: dict[str, str]) -> None:
    """Encrypts the stacks' secrets anew, as `make rekey` does, so that they can be deployed. A
    passphrase replaces the AWS KMS keys."""
    for stack in STACKS:
        names = encrypted(stack_file.load(fresh_clone.path / f"Pulumi.{stack}.yaml"))
        subprocess.run(
            [sys.executable, "-m", "commands.rekey", "--stack", stack, "--provider", "passphrase"],
            cwd=fresh_clone.path,
            env={**os.environ, **variables, "HOME": str(fresh_clone.folder)},
            input="".join(f"{name}=value-of-the-walk\n" for name in names),
            text=True,
            check=True,
        )
    with edited(fresh_clone.path / OVERLAY) as overlay:
        assert "secretsProvider" in overlay, f"{OVERLAY} names no secretsProvider"
        overlay["secretsProvider"] = "passphrase"
    fresh_clone.commit("the stacks have new secrets")


@pytest.fixture(scope="session")
def walker(world: World) -> Walker:
    return Walker(world)


@pytest.fixture(scope="session")
def main(walker: Walker) -> str:
    return walker.world.clone.head


@pytest.fixture(scope="session")
def pushed(walker: Walker, main: str) -> Run:
    """The first push: nothing is deployed yet. With WALK=deploy what checks it stands as passed."""
    walker.world.cloud.reset()
    checked = CHECKED if os.environ.get("WALK") == "deploy" else ()
    return walker.walk(events.push(main), standing={name: Ended("success") for name in checked})


@pytest.fixture(scope="session")
def deployed(pulumi_cli: object, pushed: Run) -> Run:
    """The same, where both stacks were deployed."""
    del pulumi_cli
    assert "cicd/deploy/prod" in pushed.ending("success"), pushed.failures
    return pushed


@pytest.fixture
def cloud(walker: Walker) -> Cloud:
    """With an empty journal."""
    walker.world.cloud.reset()
    return walker.world.cloud


@pytest.fixture(name="github")
def repository(walker: Walker) -> Repository:
    found = walker.world.github
    found.comments.clear()
    found.pulls[events.NUMBER] = "open"
    return found


@pytest.fixture(scope="session")
def topic(walker: Walker, main: str) -> str:
    """A change that concerns every job."""
    said = "A production platform on AWS from one"
    return walker.world.clone.change(main, "pyproject.toml", said, said.replace("A ", "One "))
