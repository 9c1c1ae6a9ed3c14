"""The pipeline's own commands, run here in a clean clone in the order of its workflows.

One run is complete: the first push to main. The others reuse its jobs that read none of the files
they change.
"""

from __future__ import annotations

import json

import pytest

from tests.delivery.github_server import Repository
from tests.walkthrough import events
from tests.walkthrough.cloud import Cloud
from tests.walkthrough.conftest import CHECKED
from tests.walkthrough.runner import Run, Walker

DEPLOYED = {"cicd/push-images", "cicd/scan-and-sign", "cicd/deploy"}
WITHOUT_CLI = "the Pulumi CLI is not on PATH"

up = "pulumi up --yes --skip-preview --suppress-outputs"
MIGRATIONS_ALONE = (
    f"{up} --target **aws:ecs/taskDefinition:TaskDefinition::migrations "
    "--target **aws:iam/rolePolicy:RolePolicy::backend-execution --stack staging --non-interactive"
)
ALL = f"{up} --policy-pack policies"
MIGRATE = "aws RunTask"


@pytest.fixture(scope="session")
def night(walker: Walker, deployed: Run, main: str) -> Run:
    """The one after the first deployment, while nothing has changed."""
    del deployed
    return walker.walk(events.night(main))


def deploy_staging(walker: Walker, commit: str, before: Run) -> Run:
    inputs = {"stack": "staging", "built": True}
    return walker.call("deploy.yml", events.push(commit), inputs, before.artifacts)


def test_a_push_to_main_fails_nowhere(pushed: Run):
    assert not pushed.failures, pushed.failures
    assert not pushed.errors
    without_cli = {name for name, ended in pushed.jobs.items() if WITHOUT_CLI in ended.why}
    of_pull_requests = {"images", "installs", "preview", "preview-in-process", "comment"}
    assert pushed.ending("skipped") - without_cli == {f"cicd/{name}" for name in of_pull_requests}


def test_a_push_to_main_ends_in_production_with_the_digests_that_staging_runs(
    walker: Walker, deployed: Run
):
    stages = {*DEPLOYED, "cicd/deploy/staging", "cicd/deploy/prod"}
    assert deployed.ending("success") >= stages
    cloud = walker.world.cloud
    assert cloud.asked("pulumi up", MIGRATE) == [
        line
        for stack in ("staging", "prod")
        for line in (f"{up} --stack {stack} --non-interactive", MIGRATE, ALL)
    ]
    digests = cloud.outputs("staging")["imageDigests"]
    assert len(digests) == len(json.loads(deployed.jobs["cicd/push-images"].outputs["images"]))
    assert cloud.outputs("prod")["imageDigests"] == digests
    signed, verified = (
        [line.rpartition("@")[2] for line in cloud.asked(f"cosign {what}")]
        for what in ("sign", "verify")
    )
    assert sorted(signed) == sorted(digests.values())
    assert sorted(verified) == sorted([*digests.values()] * 2)


@pytest.mark.needs("pulumi")
def test_a_push_that_changes_no_image_rolls_no_service(
    walker: Walker, deployed: Run, main: str, cloud: Cloud
):
    before = {key: len(service.deployments) for key, service in cloud.services.items()}
    commit = walker.world.clone.change(main, "README.md", "# plataforma", "# Plataforma")
    run = walker.walk(events.push(commit), standing=deployed.kept(*CHECKED))
    assert not run.failures, run.failures
    assert cloud.asked("pulumi up")
    cloud.look()
    assert {key: len(service.deployments) for key, service in cloud.services.items()} == before


@pytest.mark.usefixtures("deployed")
def test_the_own_pull_request_is_previewed_commented_once_and_gets_its_environment(
    walker: Walker, pushed: Run, main: str, topic: str, cloud: Cloud, github: Repository
):
    event = events.pull_request(topic, main, "synchronize", labels=["environment"])
    github.heads[events.NUMBER] = topic
    run = walker.walk(event, standing=pushed.kept(*CHECKED))
    assert not run.failures, run.failures
    assert not run.errors
    unsigned = "environment/deploy/verify"
    expected = {"cicd/preview-in-process", "environment/destroy", unsigned, *DEPLOYED}
    assert run.ending("skipped") == expected
    texts = [comment["body"] for comment in github.comments[events.NUMBER]]
    assert [text.partition("\n")[0] for text in texts] == [
        "<!-- plataforma:preview -->",
        "<!-- plataforma:environment -->",
    ]
    assert "### `staging`" in texts[0]
    assert "### `prod`" in texts[0]
    assert "replace" not in texts[0].lower()
    assert "pr7" in cloud.stacks()
    closed = walker.walk(events.pull_request(topic, main, "closed", labels=["environment"]))
    assert not closed.failures, closed.failures
    assert closed.ending("success") == {"environment/destroy"}
    asked = (
        "gh workflow run operations.yml --ref main -f operation=destroy-preview -f pull-request=7"
    )
    assert cloud.asked("gh ") == [asked]
    removal = events.by_hand(main, operation="destroy-preview", **{"pull-request": "7"})
    removed = walker.walk(removal)
    assert not removed.failures, removed.failures
    assert "pr7" not in cloud.stacks()
    assert len(github.comments[events.NUMBER]) == 2


def test_a_fork_s_pull_request_is_previewed_without_a_credential(
    walker: Walker, pushed: Run, main: str, topic: str, cloud: Cloud, github: Repository
):
    event = events.pull_request(topic, main, repository="other/plataforma")
    run = walker.walk(event, standing=pushed.kept(*CHECKED))
    assert not run.failures, run.failures
    expected = {"cicd/preview", "cicd/comment", *DEPLOYED}
    assert run.ending("skipped") == expected
    assert "### `staging`" in run.jobs["cicd/preview-in-process"].summary
    assert not cloud.asked("")
    assert not github.comments


def test_new_dependencies_are_previewed_without_a_credential(
    walker: Walker, pushed: Run, main: str, cloud: Cloud, github: Repository
):
    commit = walker.world.clone.change(main, "Pulumi.yaml", "description: A", "description: One")
    run = walker.walk(events.pull_request(commit, main), standing=pushed.kept(*CHECKED))
    assert not run.failures, run.failures
    assert "cicd/preview" in run.ending("skipped")
    assert "### `staging`" in run.jobs["cicd/preview-in-process"].summary
    assert not cloud.asked("pulumi")
    (comment,) = github.comments[events.NUMBER]
    assert "### `prod`" in comment["body"]


def test_the_merge_queue_checks_a_change_without_a_credential_and_deploys_nothing(
    walker: Walker, pushed: Run, main: str, topic: str, cloud: Cloud
):
    run = walker.walk(events.merge_group(topic, main), standing=pushed.kept(*CHECKED))
    assert not run.failures, run.failures
    assert run.ending("skipped") == {"cicd/preview", "cicd/comment", *DEPLOYED}
    assert "### `prod`" in run.jobs["cicd/preview-in-process"].summary
    assert not cloud.asked("")


def test_a_pull_request_of_words_alone_runs_little_and_is_checked(
    walker: Walker, pushed: Run, main: str
):
    commit = walker.world.clone.change(main, "README.md", "# plataforma", "# Plataforma")
    run = walker.walk(events.pull_request(commit, main), standing=pushed.kept("cicd/program"))
    assert not run.failures, run.failures
    assert run.ending("success") == {"cicd/changes", "cicd/program", "cicd/checks"}


@pytest.mark.usefixtures("deployed")
def test_a_nightly_run_sweeps_and_detects_drift(night: Run):
    assert not night.failures, night.failures
    expected = {f"nightly/{n}" for n in ("stacks", "detect-drift", "report-drift", "orphans")}
    assert night.ending("success") == {*expected, "edits/edits"}
    assert night.ending("skipped") == {"nightly/sweep"}, "there is no orphan"


def test_where_nothing_has_changed_a_night_finds_no_drift(walker: Walker, night: Run):
    del night
    assert not walker.world.github.issues


def test_a_later_deployment_migrates_before_the_services_and_one_goes_back_by_hand(
    walker: Walker, deployed: Run, main: str, cloud: Cloud
):
    commit = walker.world.clone.backend_logs(main, "info")
    run = deploy_staging(walker, commit, deployed)
    assert not run.failures, run.failures
    assert cloud.asked("pulumi up", MIGRATE) == [MIGRATIONS_ALONE, MIGRATE, ALL]
    backend = cloud.services["plataforma-staging", "backend"]
    before, after = (deployment["target"] for deployment in backend.deployments)
    assert backend.running == after
    back = {"stack": "staging", "service": "backend", "revision": "previous"}
    run = walker.walk(events.by_hand(commit, operation="rollback-revision", **back))
    assert not run.failures, run.failures
    assert run.ending("success") == {"operations/rollback-revision"}
    assert backend.running == before

    # The first push's run, started again: staging has a later commit.
    cloud.reset()
    run = deploy_staging(walker, main, deployed)
    assert 'step "Refuse a commit that is before the stack\'s" failed' in run.failures
    assert f"staging has the commit {commit[:12]}, which is after {main[:12]}" in run.failures
    assert not cloud.asked("pulumi up", MIGRATE)


def test_a_service_is_restarted_and_scaled_by_hand(
    walker: Walker, deployed: Run, main: str, cloud: Cloud
):
    del deployed
    backend = cloud.services["plataforma-staging", "backend"]
    before = list(backend.deployments)
    service = {"stack": "staging", "service": "backend"}
    run = walker.walk(events.by_hand(main, operation="restart", **service))
    assert not run.failures, run.failures
    assert run.ending("success") == {"operations/restart"}
    assert backend.deployments[:-1] == before
    assert backend.running == before[-1]["target"]
    run = walker.walk(events.by_hand(main, operation="scale", tasks="3", **service))
    assert not run.failures, run.failures
    assert run.ending("success") == {"operations/scale"}
    assert backend.tasks == 3
    assert len(backend.deployments) == len(before) + 1


@pytest.mark.meant("at the end an older commit is deployed")
def test_two_images_go_back_by_digest_for_good(
    walker: Walker, deployed: Run, main: str, cloud: Cloud
):
    del deployed
    before = cloud.outputs("staging")["imageDigests"]
    earlier = {
        name: f"sha256:{letter * 64}" for name, letter in (("backend", "a"), ("worker", "b"))
    }
    for name, digest in earlier.items():
        running = cloud.services["plataforma-staging", name].running
        image = {"name": name, "image": f"ghcr.io/acme/plataforma/{name}@{digest}"}
        first = {**cloud.definition(running), "containerDefinitions": [image]}
        cloud.definitions[f"{running.rpartition(':')[0]}:0"] = first
    digests = " ".join(f"{name}={digest}" for name, digest in earlier.items())
    event = events.by_hand(main, operation="rollback-digests", stack="staging", digests=digests)
    run = walker.walk(event)
    assert not run.failures, run.failures
    assert run.ending("success") == {"operations/verify-digests", "operations/rollback-digests"}
    assert cloud.outputs("staging")["imageDigests"] == {**before, **earlier}


@pytest.mark.meant("the migrations exit with 1")
def test_failed_migrations_stop_a_deployment_before_the_services(
    walker: Walker, deployed: Run, main: str, cloud: Cloud
):
    cloud.exit_code = 1
    commit = walker.world.clone.backend_logs(main, "warn")
    run = deploy_staging(walker, commit, deployed)
    assert run.ending("failure") == {"deploy/deploy"}
    assert "deploy/deploy, step 'Run the migrations' failed" in run.failures
    assert "exited with 1" in run.failures
    assert cloud.asked("pulumi up", MIGRATE) == [MIGRATIONS_ALONE, MIGRATE]


@pytest.mark.meant("ECS rolls the backend's deployment back")
def test_a_rollout_that_is_rolled_back_fails_the_deployment_and_is_told(
    walker: Walker, deployed: Run, main: str, cloud: Cloud
):
    cloud.breaks.add("backend")
    commit = walker.world.clone.backend_logs(main, "trace")
    run = deploy_staging(walker, commit, deployed)
    assert cloud.asked("pulumi up") == [MIGRATIONS_ALONE, ALL]
    assert run.ending("failure") == {"deploy/deploy"}
    assert "step 'Deploy the stack' failed" in run.failures
    assert "was ROLLED BACK: ECS deployment circuit breaker" in "".join(run.errors)


@pytest.mark.meant("the workflow calls `make lin`")
def test_a_broken_step_names_workflow_job_step_command_and_its_last_lines(
    walker: Walker, pushed: Run, main: str
):
    workflow = ".github/workflows/cicd.yml"
    commit = walker.world.clone.change(main, workflow, "run: make lint", "run: make lin")
    standing = pushed.kept("cicd/applications", "cicd/containers", "cicd/pipeline")
    run = walker.walk(events.push(commit), standing=standing)
    assert run.ending("failure") == {"cicd/program", "cicd/checks"}
    assert run.ending("skipped") >= DEPLOYED
    *told, last = run.jobs["cicd/program"].why.splitlines()
    assert told == [
        "cicd/program, step 'make lin' failed: exit code 2",
        "  $ make lin",
        "its last lines:",
    ]
    assert last.startswith("  | Makefile:")
    assert "There is no lin." in last
