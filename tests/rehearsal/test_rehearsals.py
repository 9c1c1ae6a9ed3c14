"""The pipeline's own workflows, with the settings of `make github`, on days on which not all goes
as planned."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap.access.trust import PREVIEW as PREVIEW_ENVIRONMENT
from bootstrap.access.trust import PREVIEW_REMOVAL
from commands.live import repository
from commands.render import workflows as promotion
from delivery.commands import changes, stacks
from settings.project import ROOT
from tests.bootstrap import account
from tests.rehearsal import cancellation, limits
from tests.rehearsal.calls import problems
from tests.rehearsal.environments import set_by
from tests.rehearsal.hub import ACTOR, Hub, Work
from tests.rehearsal.run import Job, Run
from tests.walkthrough import events, workflows
from tests.walkthrough.workflows import FOLDER, Event, title

REVIEWER = 7
STAGING, PROD = account.ENVIRONMENTS
PREVIEW = f"pr{events.NUMBER}"
SCANNED = [{"image": "ghcr.io/acme/backend@sha256:1", "platform": "linux/arm64"}]
DEPLOYS, DESTROYS = "pulumi up", "delivery sweep"


def outputs_of(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


OUTPUTS = {
    "changes": {
        **outputs_of(changes.outputs(changes.EVERYTHING.split())),
        **outputs_of(stacks.outputs(account.ENVIRONMENTS, account.ENVIRONMENTS)),
    },
    "push-images": {"images": json.dumps(SCANNED)},
    "deploy": {"digests": '{"backend": "sha256:1"}', "url": "https://example.com"},
}


class GitHub(Hub):
    """`ends`: how the job that deploys a stack ends, where it does not end well."""

    ends: dict[str, str]

    def push(self, commit: str) -> Run:
        (run,) = self.send(events.push(commit))
        return run

    def operate(self, ref: str = "refs/heads/main", **inputs: str) -> Run:
        (run,) = self.send(Event("workflow_dispatch", "c", {"inputs": inputs}, ref))
        return run

    def deploying(self, commit: str, stack: str) -> Run:
        """A push whose deployment of this stack has begun, with all approvals before it."""
        run = self.push(commit)
        for _ in range(90):
            self.advance(1)
            if any(DEPLOYS in job.script and stack_of(job) == stack for job in running(run)):
                return run
            self.approve_all(run)
        raise AssertionError(f"{stack} is not deployed")

    def approve_all(self, run: Run) -> None:
        """All that waits for an approval now."""
        for job in waiting(run):
            self.approve(job, REVIEWER)


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    (tmp_path / FOLDER / promotion.PAGE.name).write_text(
        promotion.text(account.ENVIRONMENTS, [PROD])
    )
    settings = set_by([*repository.wanted(account.checked(), "s3://state", [REVIEWER], actions=1)])
    made = GitHub(tmp_path, settings)
    made.ends = {}

    def work(job: Job) -> Work:
        outputs = OUTPUTS.get(job.name, {})
        if DEPLOYS in job.script:
            return Work(20, made.ends.get(stack_of(job), "success"), outputs)
        return Work(4, "success", outputs)

    made.work = work
    return made


def stack_of(job: Job) -> str:
    return str(job.call.inputs.get("stack", ""))


def waiting(run: Run) -> list[Job]:
    return [job for job in run.jobs if job.state == "waiting"]


def running(run: Run) -> list[Job]:
    return [job for job in run.jobs if job.state == "running"]


def that(run: Run, does: str, stack: str = "") -> Job:
    """The one job of the run that runs this command, for this stack."""
    found = [
        job
        for job in run.jobs
        if does in job.script and stack in (stack_of(job), "") and job.result != "skipped"
    ]
    assert len(found) == 1, f"{run.workflow.file} is {run.state}: {[j.where for j in run.jobs]}"
    return found[0]


def has_begun(run: Run, does: str, stack: str) -> bool:
    return any(does in job.script and stack == stack_of(job) for job in run.jobs)


def of_pull_request(github: GitHub) -> Iterator[str]:
    """What the jobs did with the stack of the pull request, in the order of their ends."""
    for job in github.finished:
        if job.result == "success" and DEPLOYS in job.script and stack_of(job) == PREVIEW:
            yield "deployed"
        if job.result == "success" and DESTROYS in job.script:
            yield "destroyed"


@pytest.mark.parametrize("file", sorted((ROOT / FOLDER).glob("*.yml")), ids=lambda file: file.stem)
def test_github_starts_each_workflow(github: GitHub, file: Path):
    assert problems(github.root, workflows.read(github.root, file)) == []


def test_a_push_ends_in_production_once_it_is_approved(github: GitHub):
    run = github.push("a")
    github.advance(limits.DAY)
    assert that(run, DEPLOYS, STAGING).result == "success"
    assert len(waiting(run)) == 1
    github.approve_all(run)
    github.advance(limits.DAY)
    assert that(run, DEPLOYS, PROD).result == "success"
    assert run.result == "success"


def test_a_push_is_deployed_to_staging_while_the_one_before_waits_for_its_approval(github: GitHub):
    first = github.push("a")
    github.advance(limits.DAY)
    assert waiting(first)
    second = github.push("b")
    github.advance(limits.DAY)
    assert that(second, DEPLOYS, STAGING).result == "success"


def test_no_push_is_cancelled_by_a_later_one_while_an_approval_is_open(github: GitHub):
    runs = list[Run]()
    for commit in ("a", "b", "c"):
        runs.append(github.push(commit))
        github.advance(limits.DAY)
    assert [run.result for run in runs if run.result == "cancelled"] == []


def test_an_approval_that_nobody_gives_ends_the_run(github: GitHub):
    run = github.push("a")
    github.advance(31 * limits.DAY)
    assert run.result == "failure"
    assert not has_begun(run, DEPLOYS, PROD) or that(run, DEPLOYS, PROD).result != "success"


@pytest.mark.parametrize("operation", ["rollback-revision", "rollback-digests"])
def test_a_rollback_runs_while_a_deployment_waits_for_its_approval(github: GitHub, operation: str):
    deployment = github.push("a")
    github.advance(limits.DAY)
    assert waiting(deployment)
    rollback = github.operate(operation=operation, stack=PROD, service="backend")
    github.approve_all(rollback)
    github.advance(limits.DAY)
    assert rollback.result == "success", rollback


@pytest.mark.parametrize("operation", ["rollback-revision", "rollback-digests"])
def test_a_rollback_needs_no_approval_of_its_own(github: GitHub, operation: str):
    rollback = github.operate(operation=operation, stack=PROD, service="backend")
    github.advance(limits.DAY)
    assert rollback.result == "success", rollback


def test_a_rollback_that_waits_for_a_running_deployment_is_not_cancelled_by_another(github: GitHub):
    github.deploying("a", PROD)
    rollback = github.operate(operation="rollback-revision", stack=PROD, service="backend")
    restart = github.operate(operation="restart", stack=PROD, service="backend")
    for _ in range(4):
        github.approve_all(rollback)
        github.approve_all(restart)
        github.advance(20)
    assert (rollback.result, restart.result) == ("success", "success")


def test_deployments_and_operations_of_a_stack_run_one_after_the_other(github: GitHub):
    github.deploying("a", STAGING)
    restart = github.operate(operation="restart", stack=STAGING, service="backend")
    assert restart.job("operations/restart").state == "pending"
    github.advance(20)
    assert restart.job("operations/restart").state == "running"


def labeled(action: str) -> Event:
    return events.pull_request("c", "b", action, labels=["environment"])


def test_the_environment_of_a_pull_request_lives_until_it_is_closed(github: GitHub):
    (opened,) = github.send(labeled("synchronize"), "environment.yml")
    for _ in range(4):
        github.advance(limits.HOUR)
        github.approve_all(opened)
    assert list(of_pull_request(github)) == ["deployed"]
    (closed,) = github.send(labeled("closed"), "environment.yml")
    github.advance(limits.HOUR)
    assert "gh workflow run operations.yml --ref main" in that(closed, "destroy-preview").script
    github.operate(operation="destroy-preview", **{"pull-request": str(events.NUMBER)})
    github.advance(limits.HOUR)
    assert list(of_pull_request(github)) == ["deployed", "destroyed"]


def test_a_push_to_a_pull_request_ends_the_run_of_the_one_before(github: GitHub):
    event = events.pull_request("c", "b", "synchronize")
    (first,) = github.send(event, "cicd.yml")
    github.advance(10)
    (second,) = github.send(event, "cicd.yml")
    github.advance(limits.DAY)
    assert (first.result, second.result) == ("cancelled", "success")


def test_a_cancelled_deployment_goes_no_further_and_the_next_push_is_deployed(github: GitHub):
    first = github.deploying("a", STAGING)
    github.cancel(first)
    second = github.push("b")
    github.advance(limits.DAY)
    assert that(first, DEPLOYS, STAGING).result == "cancelled"
    assert not has_begun(first, DEPLOYS, PROD)
    assert that(second, DEPLOYS, STAGING).result == "success"


def test_a_cancelled_deployment_still_says_what_became_of_the_rollout(github: GitHub):
    """In the 5 minutes that are left, and only where Pulumi was running by then."""
    run = github.push("a")
    github.advance(limits.DAY)
    job = that(run, DEPLOYS, STAGING)
    steps = job.content["steps"]
    up = next(n for n, step in enumerate(steps) if DEPLOYS in step.get("run", ""))
    assert "Follow the rollout" in cancellation.remaining(steps, up, job.names)
    assert cancellation.remaining(steps, up - 1, job.names) == []
    assert title(steps[up]) == "Deploy the stack"


def test_a_deployment_that_hangs_ends_at_its_limit_and_frees_its_group(github: GitHub):
    quick = github.work
    github.work = lambda job: Work(limits.DAY) if DEPLOYS in job.script else quick(job)
    hanging = github.deploying("a", STAGING)
    restart = github.operate(operation="restart", stack=STAGING, service="backend")
    github.advance(6 * limits.HOUR)
    assert (hanging.result, waiting(hanging)) == ("cancelled", [])
    assert restart.result == "success"


def test_credentials_last_as_long_as_the_job_may(github: GitHub):
    """aws-actions/configure-aws-credentials, README.md: role-duration-seconds is an hour."""
    lasting = {
        f"{workflow.file}/{name}": int(step["with"].get("role-duration-seconds", 3600))
        - 60 * limits.of_job(job)[0]
        for workflow in workflows.read_all(github.root)
        for name, job in workflow.jobs.items()
        for step in job.get("steps", [])
        if "configure-aws-credentials" in step.get("uses", "")
    }
    assert lasting
    assert {name for name, left in lasting.items() if left < 0} == set()


@pytest.mark.parametrize("result", ["failure", "cancelled"])
def test_what_fails_in_staging_is_not_offered_to_production(github: GitHub, result: str):
    """Migrations that fail, a rollout that is rolled back, or the time limit."""
    github.ends[STAGING] = result
    run = github.push("a")
    github.advance(limits.DAY)
    assert run.result == result
    assert not waiting(run)
    assert not has_begun(run, DEPLOYS, PROD)


INTRUDER = """\
name: intruder
on: [push, pull_request]
permissions: {}
jobs:
  enter:
    runs-on: ubuntu-24.04
    environment: %s
    permissions: {id-token: write}
    steps: [{run: make off with it}]
"""


@pytest.mark.parametrize(
    "environment",
    [STAGING, PROD, f"{PROD}-approval", PREVIEW_ENVIRONMENT, PREVIEW_REMOVAL],
)
@pytest.mark.parametrize(
    "event", [Event("push", "c", {}, "refs/heads/topic"), events.pull_request("c", "b")]
)
def test_a_branch_s_own_workflow_enters_no_environment_unasked(
    github: GitHub, environment: str, event: Event
):
    (github.root / FOLDER / "intruder.yml").write_text(INTRUDER % environment)
    (run,) = github.send(event, "intruder.yml", actor=ACTOR)
    github.advance(limits.DAY)
    assert run.job("intruder/enter") not in github.begun


def test_an_operation_started_from_a_branch_enters_no_environment(github: GitHub):
    options = ("rollback-revision", "rollback-digests", "restart", "scale", "run-job")
    for operation in options:
        run = github.operate("refs/heads/topic", operation=operation, stack=PROD)
        github.advance(limits.DAY)
        assert run.result == "failure"
    assert [job for job in github.begun if job.environment] == []
