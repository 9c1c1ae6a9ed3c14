"""The machine of one job: its files, programs and variables."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.delivery.github_server import TOKEN, Repository
from tests.walkthrough.clone import Clone
from tests.walkthrough.cloud import Cloud
from tests.walkthrough.events import REPOSITORY
from tests.walkthrough.programs import JOURNAL, MISSING, PROGRAMS, REAL_PATH
from tests.walkthrough.workflows import Event, WorkflowError

REGION = "eu-west-1"
_ROLE = "arn:aws:iam::123456789012:role/plataforma"
# bootstrap/README.md, "GitHub settings".
VARIABLES = {
    "AWS_REGION": REGION,
    "AWS_ROLE_PREVIEW_STAGING": f"{_ROLE}-preview-staging",
    "AWS_ROLE_PREVIEW_PROD": f"{_ROLE}-preview-prod",
}
ENVIRONMENTS = {
    "staging": {"AWS_ROLE_DEPLOY": f"{_ROLE}-deploy-staging"},
    "prod": {"AWS_ROLE_DEPLOY": f"{_ROLE}-deploy-prod"},
    "prod-approval": {},
    "preview": {"AWS_ROLE_DEPLOY": f"{_ROLE}-ephemeral"},
    "preview-removal": {"AWS_ROLE_DEPLOY": f"{_ROLE}-ephemeral"},
}


@dataclass(frozen=True)
class World:
    """What all jobs of a run share. `signed_in`: the variables of a job with AWS credentials."""

    clone: Clone
    cloud: Cloud
    github: Repository
    programs: Path
    backend: str
    signed_in: Mapping[str, str]
    say: Callable[[str], None]

    def variables(self, environment: str) -> dict[str, str]:
        if environment and environment not in ENVIRONMENTS:
            raise WorkflowError(f"bootstrap/README.md names no environment {environment}")
        return {
            **VARIABLES,
            "PULUMI_BACKEND_URL": self.backend,
            **ENVIRONMENTS.get(environment, {}),
        }


@dataclass
class Machine:
    """`environment` and `paths`: added by the steps so far."""

    world: World
    event: Event
    workflow: str
    permissions: Mapping[str, str]
    artifacts: dict[str, Path]
    environment: dict[str, str] = field(default_factory=dict[str, str])
    paths: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir(parents=True)
        (self.temporary / "event.json").write_text(json.dumps(self.event.payload))
        self.world.clone.freshen(self.event.commit)
        on_runner = [name for name, program in PROGRAMS.items() if program.on_runner]
        self.paths += [str(self.world.programs / name) for name in on_runner]
        self._inherited = self.world.clone.environment()

    @property
    def workspace(self) -> Path:
        return self.world.clone.path

    @property
    def temporary(self) -> Path:
        return self.world.clone.folder / "temporary"

    @property
    def missing(self) -> str:
        """Why this machine cannot run the job; empty where it can."""
        file = self.temporary / "missing"
        return file.read_text() if file.is_file() else ""

    def install(self, name: str) -> None:
        """Puts the stand-in of that name on PATH."""
        self.paths.insert(0, str(self.world.programs / name))

    def variables(self) -> dict[str, str]:
        """Variables of a step's process, except those that the workflow sets."""
        context = self.github()
        named = {f"GITHUB_{name.upper()}": str(context[name]) for name in EXPORTED}
        return {
            **self._inherited,
            **named,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(self.temporary / "event.json"),
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.temporary),
            **self.environment,
            "PATH": os.pathsep.join([*self.paths, self._inherited["PATH"]]),
            REAL_PATH: self._inherited["PATH"],
            MISSING: str(self.temporary / "missing"),
            JOURNAL: str(self.world.cloud.journal),
        }

    def github(self) -> dict[str, Any]:
        return {**github(self.world, self.event, self.workflow), "workspace": str(self.workspace)}


def github(world: World, event: Event, workflow: str) -> dict[str, Any]:
    """The `github` context."""
    pull_request = event.payload.get("pull_request") or {}
    return {
        "actor": "someone",
        "api_url": world.github.url,
        "base_ref": (pull_request.get("base") or {}).get("ref", ""),
        "event": event.payload,
        "event_name": event.name,
        "head_ref": (pull_request.get("head") or {}).get("ref", ""),
        "ref": event.ref,
        "ref_name": event.ref.removeprefix("refs/heads/"),
        "repository": REPOSITORY,
        "repository_owner": REPOSITORY.partition("/")[0],
        "run_attempt": "1",
        "run_id": event.commit[:12],
        "run_number": "1",
        "server_url": "https://github.com",
        "sha": event.commit,
        "token": TOKEN,
        "workflow": workflow,
    }


EXPORTED = frozenset(
    {"actor", "api_url", "base_ref", "event_name", "head_ref", "ref", "ref_name", "repository"}
    | {"repository_owner", "run_attempt", "run_id", "run_number", "server_url", "sha"}
    | {"workflow", "workspace"}
)
