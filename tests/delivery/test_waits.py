"""The longest deployment that the settings allow fits each limit around it: Pulumi's wait for ECS,
the command's, the job's, and the session of the role that the job assumes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from components.service.alarms import target_specs
from components.service.rollout import timeouts
from delivery.commands.migrate import TIMEOUT_SECONDS as MIGRATIONS
from settings.project import ROOT
from settings.service import rollout as waits
from settings.service.health import Health
from settings.service.service import ServiceSettings
from tests.support.plans import only
from tests.support.variants import bootstrap_plan

FOLLOWS = ("rollout", "rollback", "restart", "scale")
JOB_OF_GITHUB_MINUTES = 360
"""GitHub Docs, "Actions limits": the most for a job on a hosted runner."""
SESSION_SECONDS = 3600
"""What configure-aws-credentials asks for without `role-duration-seconds`: its README."""
PREPARATION = 15 * 60
"""Seconds of a job around the rollout: its tools, the migrations' task definition, smoke tests."""
LONGEST = waits.timeout_seconds(waits.MOST_WAIT_SECONDS)


def jobs() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Those that follow a rollout, with all their commands."""
    for file in sorted((ROOT / ".github/workflows").glob("*.yml")):
        for name, job in yaml.safe_load(file.read_text())["jobs"].items():
            runs = "\n".join(step.get("run", "") for step in job.get("steps", ()))
            if any(f"python -m delivery {command} " in runs for command in FOLLOWS):
                yield f"{file.stem}/{name}", job, runs


def session_seconds(job: dict[str, Any]) -> int:
    inputs = (step.get("with", {}) for step in job["steps"])
    asked = [given for given in inputs if "role-to-assume" in given]
    return min(int(given.get("role-duration-seconds", SESSION_SECONDS)) for given in asked)


JOBS = list(jobs())


def test_the_jobs_that_follow_a_rollout_are_found():
    assert {name.partition("/")[0] for name, _, _ in JOBS} == {"deploy", "operations"}
    assert len(JOBS) >= 5


@pytest.mark.parametrize(("job", "runs"), [j[1:] for j in JOBS], ids=[j[0] for j in JOBS])
def test_a_job_outlasts_the_longest_rollout_and_its_session_the_job(job: dict[str, Any], runs: str):
    seconds = PREPARATION + LONGEST
    if "pulumi up" in runs:
        # ECS' rollouts are healthy in the end, then CodeDeploy's is followed.
        seconds += waits.MOST_WAIT_SECONDS
    if "delivery migrate" in runs:
        seconds += MIGRATIONS
    assert seconds <= 60 * job["timeout-minutes"] <= 60 * JOB_OF_GITHUB_MINUTES
    assert session_seconds(job) >= 60 * job["timeout-minutes"]


@pytest.mark.parametrize("role", ["deploy-staging", "deploy-prod", "ephemeral"])
def test_the_role_allows_the_longest_session(role: str):
    inputs = only(bootstrap_plan(), "aws:iam/role:Role", role).inputs
    assert inputs["maxSessionDuration"] >= max(session_seconds(job) for _, job, _ in JOBS)


def test_pulumi_and_the_command_wait_equally_long():
    """For a deployment that fails and its rollback, too."""
    values = {
        "image": "backend",
        "port": 3000,
        "route": {"paths": ["/*"]},
        "rollout": {"strategy": "blue-green", "shift": "canary", "stepMinutes": 30},
    }
    service = ServiceSettings.model_validate_json(json.dumps(values))
    seconds = waits.timeout_seconds(service.deploy_wait_seconds)
    assert seconds > waits.LEAST_TIMEOUT_SECONDS
    assert timeouts(service).update == timeouts(service).create == f"{seconds}s"


@pytest.mark.parametrize("grace", [0, 30, 600])
def test_a_rolling_deployment_waits_for_its_slowest_alarm(grace: int):
    health = Health(grace_period_seconds=grace)
    slowest = max(spec.minutes for spec in target_specs(health))
    checks = health.interval_seconds * health.healthy_threshold
    waited = waits.deployment_seconds(health, waits.RolloutSettings())
    assert waited == waits.START_SECONDS + checks + 60 * slowest
