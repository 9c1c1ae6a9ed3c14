"""The pipeline's own commands on days on which not all goes as planned; when which job runs is in
tests/rehearsal. The tests follow each other: each deploys what the one before left."""

from __future__ import annotations

import getpass
import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulation.inventory import Existing, Inventory
from tests.delivery.github_server import Repository
from tests.walkthrough import events
from tests.walkthrough.clone import STAGING
from tests.walkthrough.cloud import Cloud
from tests.walkthrough.job import Cancellation
from tests.walkthrough.runner import Run, Walker

SERVICE = "aws:ecs/service:Service"
UP, MIGRATE = "pulumi up", "aws RunTask"
WHEN = "2026-11-27T05:17:00Z"

pytestmark = pytest.mark.needs("pulumi")


def deploy(
    walker: Walker, commit: str, before: Run, cancellation: Cancellation | None = None
) -> Run:
    inputs = {"stack": "staging", "built": True}
    event = events.push(commit)
    return walker.call("deploy.yml", event, inputs, before.artifacts, cancellation)


def lock_folder(walker: Walker) -> Path:
    state = Path(walker.world.backend.removeprefix("file://"))
    return state / ".pulumi/locks/organization/plataforma/staging"


def locks(walker: Walker) -> list[Path]:
    return sorted(lock_folder(walker).glob("*.json"))


@pytest.mark.meant("the first deployment wants an older PostgreSQL")
def test_what_aws_refuses_is_red_and_the_next_push_mends_it(
    walker: Walker, deployed: Run, main: str, cloud: Cloud
):
    older = walker.world.clone.change(main, STAGING, 'version: "17"', 'version: "16"')
    run = deploy(walker, older, deployed)
    assert run.ending("failure") == {"deploy/deploy"}
    assert "step 'Deploy the stack' failed" in run.failures
    assert "Cannot upgrade postgres to 16" in run.failures
    assert cloud.services["plataforma-staging", "backend"].running
    mended = deploy(walker, walker.world.clone.backend_logs(main, "error"), deployed)
    assert not mended.failures, mended.failures


def test_a_pull_request_that_was_closed_while_its_images_were_built_gets_no_environment(
    walker: Walker, deployed: Run, main: str, topic: str, cloud: Cloud, github: Repository
):
    del deployed
    github.pulls[events.NUMBER] = "closed"
    event = events.pull_request(topic, main, "synchronize", labels=["environment"])
    walker.walk(event, only=["environment.yml"])
    assert f"pr{events.NUMBER}" not in cloud.stacks()


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set once AWS has been asked to update a service, which it does not finish."""
    asked, ended = threading.Event(), threading.Event()
    update = Inventory.update

    def hang(inventory: Inventory, resource: Existing) -> None:
        if resource.type == SERVICE:
            asked.set()
            ended.wait()
        update(inventory, resource)

    monkeypatch.setattr(Inventory, "update", hang)
    yield asked
    ended.set()


def test_a_cancelled_deployment_leaves_no_lock(
    walker: Walker, deployed: Run, main: str, hanging: threading.Event
):
    assert locks(walker) == []
    commit = walker.world.clone.backend_logs(main, "fatal")
    run = deploy(walker, commit, deployed, Cancellation("Deploy the stack", hanging))
    assert run.ending("cancelled") == {"deploy/deploy"}
    assert locks(walker) == []


@pytest.fixture
def stale_lock(walker: Walker) -> Iterator[None]:
    """As a killed CLI leaves it (Pulumi 3.260, pkg/backend/diy/lock.go)."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    user, host = getpass.getuser(), socket.gethostname()
    content = {"pid": gone.pid, "username": user, "hostname": host, "timestamp": WHEN}
    file = lock_folder(walker) / "11111111-1111-1111-1111-111111111111.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
    yield
    file.unlink(missing_ok=True)


@pytest.mark.meant("a killed run's lock is still there")
@pytest.mark.usefixtures("stale_lock")
def test_a_lock_that_a_killed_run_left_stops_a_deployment_before_it_changes_anything(
    walker: Walker, deployed: Run, main: str, cloud: Cloud
):
    run = deploy(walker, walker.world.clone.backend_logs(main, "silent"), deployed)
    assert run.ending("failure") == {"deploy/deploy"}
    assert "the stack is currently locked by 1 lock(s)" in run.failures
    assert not cloud.asked(MIGRATE)


@pytest.mark.usefixtures("stale_lock")
def test_the_operation_unlock_takes_such_a_lock_away(walker: Walker, deployed: Run, main: str):
    run = walker.walk(events.by_hand(main, operation="unlock", stack="staging"))
    assert not run.failures, run.failures
    assert locks(walker) == []
    mended = deploy(walker, walker.world.clone.backend_logs(main, "silent"), deployed)
    assert not mended.failures, mended.failures
