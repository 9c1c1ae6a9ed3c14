"""Each role may make all requests of the real CLI to the state bucket, for its own stacks only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from delivery.stack_files.environment_file import PULL_REQUEST_TAG
from settings.project import ROOT
from tests.bootstrap import account
from tests.bootstrap.state_server import StateServer, state_server

BUCKET = "acme-plataforma-state"
PROGRAM = """
import pulumi
if pulumi.get_stack() == "prod":
    staging = pulumi.StackReference("organization/plataforma/staging")
    pulumi.export("promoted", staging.require_output("made"))
pulumi.export("made", "yes")
"""


@dataclass
class Project:
    """A project whose backend is the bucket."""

    cli: Path
    folder: Path
    server: StateServer
    variables: dict[str, str]

    def as_role(self, role: str | None, *arguments: str, well: bool = True) -> str:
        """The output of `pulumi ARGUMENTS`, run with that role; None is an administrator."""
        self.server.documents = account.documents(role) if role else None
        self.server.denied.clear()
        done = subprocess.run(
            [str(self.cli), *arguments, "--non-interactive"],
            cwd=self.folder,
            env={**os.environ, **self.variables},
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert (done.returncode == 0) is well, f"{output}\nrefused: {self.server.denied}"
        return output


@pytest.fixture(scope="module")
def project(pulumi_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Staging and prod, deployed by an administrator."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    with state_server() as server:
        variables = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "PULUMI_BACKEND_URL": server.backend(BUCKET),
            "PULUMI_CONFIG_PASSPHRASE": "of the test alone",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        make: Callable[..., Any] = boto3.client  # pyright: ignore[reportUnknownMemberType]
        s3 = make(
            "s3",
            region_name="eu-west-1",
            endpoint_url=f"http://127.0.0.1:{server.port}",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        place = {"LocationConstraint": "eu-west-1"}
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        own_project = Project(pulumi_cli, folder, server, variables)
        for stack in account.ENVIRONMENTS:
            own_project.as_role(None, "stack", "init", stack)
            own_project.as_role(None, "up", "--yes", "--skip-preview", "--stack", stack)
        yield own_project


@pytest.mark.parametrize("stack", account.ENVIRONMENTS)
def test_a_preview_role_previews_and_writes_nothing(project: Project, stack: str):
    role = f"preview-{stack}"
    project.as_role(role, "stack", "output", "--stack", stack, "--json")
    project.as_role(role, "preview", "--refresh", "--stack", stack, "--json")
    assert not project.server.denied
    project.as_role(role, "up", "--yes", "--skip-preview", "--stack", stack, well=False)


@pytest.mark.parametrize("stack", account.ENVIRONMENTS)
def test_a_deploy_role_deploys_only_its_own_stack(project: Project, stack: str):
    role = f"deploy-{stack}"
    project.as_role(role, "up", "--yes", "--skip-preview", "--stack", stack)
    project.as_role(role, "stack", "output", "--stack", stack, "--json")
    assert not project.server.denied
    other = next(name for name in account.ENVIRONMENTS if name != stack)
    project.as_role(role, "up", "--yes", "--skip-preview", "--stack", other, well=False)


def test_the_role_of_pull_requests_creates_lists_and_removes_only_their_stacks(project: Project):
    def run(*arguments: str, well: bool = True) -> str:
        return project.as_role("ephemeral", *arguments, well=well)

    assert "no stack named" in run("stack", "select", "pr7", well=False)
    assert not project.server.denied
    run("stack", "init", "pr7", "--no-select")
    run("stack", "tag", "set", *PULL_REQUEST_TAG, "--stack", "pr7")
    run("stack", "select", "pr7")
    run("config", "set", "--secret", "plataforma:x", "y", "--stack", "pr7")
    run("up", "--yes", "--skip-preview", "--stack", "pr7")
    run("config", "refresh", "--force", "--stack", "pr7")
    assert not project.server.denied
    listed = run("stack", "ls", "--tag", "=".join(PULL_REQUEST_TAG), "--json")
    assert '"pr7"' in listed
    assert '"staging"' not in listed
    run("destroy", "--yes", "--skip-preview", "--stack", "pr7")
    run("stack", "rm", "--yes", "--stack", "pr7")
    assert not project.server.denied
    run("preview", "--stack", "staging", well=False)
    run("destroy", "--yes", "--skip-preview", "--stack", "staging", well=False)
