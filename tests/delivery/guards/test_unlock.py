"""The lock of a killed update, made by the real CLI; and one in a bucket."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.delivery.guards.conftest import Deployed
from tests.delivery.stack import FakeClock, Run, Stack, run

FOLDER = ".pulumi/locks/organization/plataforma/prod"


def locks(deployed: Deployed) -> list[Path]:
    return list((deployed.folder.parent / "state" / FOLDER).glob("*.json"))


@contextmanager
def update_that_hangs(deployed: Deployed) -> Generator[None]:
    """Killed in the end, as by a time limit."""
    deployed.pulumi("config", "set", "hangs", "true", "--stack", "prod")
    line = [str(deployed.cli), "up", "--yes", "--skip-preview", "--stack", "prod"]
    process = subprocess.Popen(
        [*line, "--non-interactive"],
        cwd=deployed.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not locks(deployed):
            assert process.poll() is None, "the update ended before it had a lock"
            time.sleep(0.05)
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def unlock(deployed: Deployed) -> Run:
    arguments = ["unlock", "--stack", "prod", "--project", str(deployed.folder)]
    return run(arguments, environment=dict(os.environ))


def test_the_lock_of_a_killed_update_is_taken_away_and_no_other(deployed: Deployed):
    assert "prod is not locked" in unlock(deployed).out
    with update_that_hangs(deployed):
        refused = unlock(deployed)
        assert refused.code == 1
        assert "prod is locked by" in refused.err
    (lock,) = locks(deployed)
    content = json.loads(lock.read_text())
    lock.write_text(json.dumps({**content, "username": "somebody"}))
    refused = unlock(deployed)
    assert refused.code == 1
    assert "`pulumi cancel --stack prod`" in refused.err
    lock.write_text(json.dumps(content))
    done = unlock(deployed)
    assert done.code == 0, done.said
    assert f"took away the lock of {content['username']}@" in done.out
    assert locks(deployed) == []


@pytest.mark.parametrize("prefix", ["", "states/"])
def test_a_lock_in_the_state_bucket_is_read(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, prefix: str
):
    s3 = stack.client("s3")
    where = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="acme-state", CreateBucketConfiguration=where)
    lock = {"pid": 7, "username": "ana", "hostname": "laptop", "timestamp": "2026-11-27T05:17:00Z"}
    s3.put_object(Bucket="acme-state", Key=f"{prefix}{FOLDER}/1.json", Body=json.dumps(lock))
    other = FOLDER.replace("prod", "production")
    s3.put_object(Bucket="acme-state", Key=f"{prefix}{other}/1.json", Body=json.dumps(lock))
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.server.url)
    backend = f"s3://acme-state/{prefix}?region=eu-west-1"
    done = run(["unlock", "--stack", "prod"], environment={"PULUMI_BACKEND_URL": backend})
    assert done.code == 1
    assert "prod is locked by ana@laptop (pid 7) since 2026-11-27 05:17 UTC. Ask" in done.err


def test_a_run_that_still_deploys_is_waited_for_and_keeps_its_lock(tmp_path: Path):
    lock, clock = tmp_path / FOLDER / "1.json", FakeClock()
    lock.parent.mkdir(parents=True)
    made = {"pid": 1, "username": pwd.getpwuid(os.getuid()).pw_name, "hostname": "another"}
    lock.write_text(json.dumps({**made, "timestamp": datetime.now(UTC).isoformat()}))
    clock.meanwhile = [lambda: None, lock.unlink]
    variables = {"PULUMI_BACKEND_URL": f"file://{tmp_path}"}
    done = run(["unlock", "--stack", "prod", "--wait"], environment=variables, clock=clock)
    assert (done.code, "prod is not locked" in done.out) == (0, True), done.said
    assert clock.meanwhile == []
