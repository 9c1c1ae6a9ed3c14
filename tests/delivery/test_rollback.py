"""Rollbacks, against moto; service deployments and CodeDeploy are RECORDED ANSWERS."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from settings.service.images import ImageSettings
from tests.delivery.aws_server import Answer
from tests.delivery.stack import DIGEST, OTHER_DIGEST, Stack
from tests.delivery.test_rollout import by_code_deploy, play
from tests.support import stacks


@pytest.fixture
def two(stack: Stack) -> Stack:
    """moto's service runs revision 1 and the stack asks for it; there is a revision 2."""
    stack.register("backend")
    return stack


@pytest.fixture
def later(stack: Stack) -> Stack:
    """Revision 3 runs, and the stack asks for it."""
    stack.register("backend")
    third = stack.register("backend")
    stack.outputs["services"]["backend"]["taskDefinition"] = third
    return stack


def deploys_well(stack: Stack, wanted: str, runs: str) -> None:
    """A deployment that succeeds, after one that was rolled back."""
    play(stack, "rolling_well", WANTED=wanted, OLD=runs)
    body = {"status": "ACTIVE", "taskDefinition": runs, "deployments": []}
    first = Answer({"services": [body], "failures": []})
    followed = stack.server.answers("DescribeServices")
    stack.server.answer("DescribeServices", first, *followed)
    before = {"serviceDeploymentArn": "dep-1", "createdAt": 1, "status": "ROLLBACK_SUCCESSFUL"}
    stale = Answer({"serviceDeployments": [before]})
    listed = stack.server.answers("ListServiceDeployments")
    stack.server.answer("ListServiceDeployments", *[stale] * 4, *listed)
    rolled_back = Answer({"serviceDeployments": [before], "failures": []})
    deployments = stack.server.answers("DescribeServiceDeployments")
    stack.server.answer("DescribeServiceDeployments", *[rolled_back] * 4, *deployments)


def test_a_rollback_deploys_the_revision_and_follows_it(later: Stack) -> None:
    """ECS lists the earlier deployment for a while after the update."""
    deploys_well(later, later.arn("backend", 2), later.arn("backend", 3))
    done = later.run("rollback", "--service", "backend", "--revision", "2")
    assert done.code == 0, done.said
    (sent,) = [body for action, body in later.server.asked if action == "UpdateService"]
    assert sent["taskDefinition"] == later.arn("backend", 2)
    assert "the stack's revision is still plataforma-staging-backend:3" in done.err


def test_a_revision_whose_deployment_failed_is_deployed_again_and_stays(stack: Stack) -> None:
    """The steps of docs/operations.md: the number that `rollout` prints, then the job again."""
    stack.outputs["services"] = {"backend": stack.outputs["services"]["backend"]}
    first, failed = stack.arn("backend", 1), stack.register("backend")
    play(stack, "rolled_back_before", WANTED=failed, OLD=first)
    red = stack.follow(backend=failed)
    assert red.code == 1
    (number,) = re.findall(r"Expected plataforma-staging-backend:(\d+), running", red.err)

    deploys_well(stack, failed, first)
    done = stack.run("rollback", "--service", "backend", "--revision", number)
    assert done.code == 0, done.said
    (sent,) = [body for action, body in stack.server.asked if action == "UpdateService"]
    assert sent["taskDefinition"] == failed
    assert "Run the job that failed again" in done.out
    assert "deploys it again" not in done.said
    assert stack.follow(backend=failed).code == 0


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        ("1", "backend runs plataforma-staging-backend:1 already"),
        ("99", "plataforma-staging-backend:99 does not exist or is no longer active"),
        ("plataforma-staging-worker:2", "is of family plataforma-staging-worker"),
        ("latest", "is not a number"),
    ],
)
def test_a_wrong_revision_is_refused(two: Stack, revision: str, expected: str) -> None:
    done = two.run("rollback", "--service", "backend", "--revision", revision)
    assert done.code == 2
    assert expected in done.err
    assert "UpdateService" not in two.server.said


def test_an_inactive_revision_is_refused(two: Stack) -> None:
    two.ecs.deregister_task_definition(taskDefinition=two.arn("backend", 2))
    done = two.run("rollback", "--service", "backend", "--revision", "2")
    assert done.code == 2
    assert "no longer active" in done.err


def test_previous_is_the_last_successful_revision(later: Stack) -> None:
    """Revision 2 never ran: its deployment was rolled back."""
    runs = later.arn("backend", 3)
    service = {"status": "ACTIVE", "taskDefinition": runs, "deployments": []}
    later.server.answer("DescribeServices", Answer({"services": [service], "failures": []}))
    briefs = [
        {
            "serviceDeploymentArn": f"dep-{n}",
            "createdAt": 1790000000 + n,
            "status": "SUCCESSFUL",
            "targetServiceRevisionArn": f"rev-{n}",
        }
        for n in (1, 3)
    ]
    later.server.answer("ListServiceDeployments", Answer({"serviceDeployments": briefs}))
    revisions = [
        Answer({"serviceRevisions": [{"taskDefinition": later.arn("backend", n)}]}) for n in (3, 1)
    ]
    later.server.answer("DescribeServiceRevisions", *revisions)
    done = later.run("rollback", "--service", "backend", "--revision", "previous", "--dry-run")
    assert done.code == 0, done.said
    assert "from plataforma-staging-backend:3 back to plataforma-staging-backend:1" in done.out
    assert "UpdateService" not in later.server.said
    (asked,) = [b for action, b in later.server.asked if action == "ListServiceDeployments"]
    assert asked["status"] == ["SUCCESSFUL"]
    revisions = [b for action, b in later.server.asked if action == "DescribeServiceRevisions"]
    assert [b["serviceRevisionArns"] for b in revisions] == [["rev-3"], ["rev-1"]]


def test_previous_without_deployments_on_record_is_the_next_lower_revision(later: Stack) -> None:
    runs = later.arn("backend", 3)
    service = {"status": "ACTIVE", "taskDefinition": runs, "deployments": []}
    later.server.answer("DescribeServices", Answer({"services": [service], "failures": []}))
    later.server.answer("ListServiceDeployments", Answer({"serviceDeployments": []}))
    done = later.run("rollback", "--service", "backend", "--revision", "previous", "--dry-run")
    assert "back to plataforma-staging-backend:2" in done.out


def test_without_an_earlier_revision_there_is_no_previous_one(stack: Stack) -> None:
    stack.server.answer("ListServiceDeployments", Answer({"serviceDeployments": []}))
    done = stack.run("rollback", "--service", "backend", "--revision", "previous")
    assert done.code == 2
    assert "no active revision before plataforma-staging-backend:1" in done.err


def test_an_unfinished_code_deploy_deployment_is_stopped_first(later: Stack) -> None:
    by_code_deploy(later)
    wanted = later.arn("backend", 1)
    play(later, "codedeploy_stopped", WANTED=wanted, OLD=later.arn("backend", 2))
    done = later.run("rollback", "--service", "backend", "--revision", "1")
    assert done.code == 0, done.said
    said = later.server.said
    assert said.index("StopDeployment") < said.index("CreateDeployment")
    sent = dict(later.server.asked)
    assert sent["StopDeployment"]["autoRollbackEnabled"] is True
    content = json.loads(sent["CreateDeployment"]["revision"]["appSpecContent"]["content"])
    properties = content["Resources"][0]["TargetService"]["Properties"]
    assert properties["TaskDefinition"] == wanted
    assert properties["LoadBalancerInfo"] == {"ContainerName": "backend", "ContainerPort": 3000}


@pytest.mark.parametrize("revision", ["previous", "2"])
def test_a_code_deploy_deployment_under_way_is_left_for_the_revision_before_it(
    later: Stack, revision: str
) -> None:
    """Deployment d-OPEN to revision 3 has not shifted traffic: revision 2 is still primary."""
    by_code_deploy(later)
    wanted, coming = later.arn("backend", 2), later.arn("backend", 3)
    play(later, "codedeploy_stopped", WANTED=wanted, OLD=coming)
    (*_, ended) = later.server.answers("DescribeServices")
    later.server.answer("DescribeServices", ended)
    (unfinished, *_) = later.server.answers("GetDeployment")
    succeeded = {"description": f"plataforma: {wanted}", "status": "Succeeded"}
    opened, none = Answer({"deployments": ["d-OPEN"]}), Answer({"deployments": []})
    before = Answer({"deployments": ["d-2"]})
    asks_for_it = revision == "previous"
    listed = [opened, *[before] * asks_for_it, opened, none]
    later.server.answer("ListDeployments", *listed)
    described = [unfinished, *[Answer({"deploymentInfo": succeeded})] * asks_for_it, unfinished]
    later.server.answer("GetDeployment", *described)
    done = later.run("rollback", "--service", "backend", "--revision", revision)
    assert done.code == 0, done.said
    assert "from plataforma-staging-backend:3 back to plataforma-staging-backend:2" in done.out
    assert dict(later.server.asked)["StopDeployment"]["autoRollbackEnabled"] is True
    assert "CreateDeployment" not in later.server.said


def test_digests_are_printed_as_an_images_section_that_the_settings_accept(stack: Stack) -> None:
    done = stack.run("rollback", "--digests", f"backend={OTHER_DIGEST}")
    assert done.code == 0, done.said
    images = yaml.safe_load(done.out)["plataforma:images"]
    assert images == {"registry": "ghcr.io/acme/plataforma", "digests": {"backend": OTHER_DIGEST}}
    assert ImageSettings.model_validate(images).digests == {"backend": OTHER_DIGEST}
    assert stack.server.said[-1] == "RegisterTaskDefinition"  # the fixture's last; nothing since


def test_all_problems_of_the_digests_are_reported_at_once(stack: Stack) -> None:
    """In one argument, as a workflow passes them."""
    stack.outputs["services"]["site"] = stack.outputs["services"]["backend"]
    done = stack.run("rollback", "--digests", f"backend=latest  nginx={DIGEST} absent.json site=1")
    assert done.code == 2
    assert "site is a service, whose image is backend: give backend=sha256:..." in done.err
    assert "backend: 'latest' is not a digest" in done.err
    assert "nginx: the stack has no such image. Images: backend." in done.err
    assert "absent.json cannot be read" in done.err


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (["--digests", " "], "--digests names no image: give backend=sha256:... or a file."),
        (["--service", "", "--revision", "previous"], "give --service NAME and --revision"),
        (["--service", "backend", "--revision", ""], "give --service NAME and --revision"),
        (["--digests", f"backend={DIGEST}", "--stack", "no"], "Pulumi.no.yaml does not exist"),
    ],
)
def test_a_missing_argument_is_reported_before_any_call_of_aws(
    stack: Stack, asked: list[str], expected: str
) -> None:
    stack.server.asked.clear()
    done = stack.run("rollback", *asked)
    assert done.code == 2
    assert expected in done.err
    assert stack.server.asked == []


def test_earlier_digests_are_written_into_a_stack_file_with_a_warning(
    stack: Stack, tmp_path: Path
) -> None:
    """Of staging, which builds images: with digests it builds none."""
    stack.outputs["imageDigests"] = {"backend": DIGEST, "worker": DIGEST}
    file = stacks.copy("staging", tmp_path)
    before = file.read_text()
    place = ("--stack", "staging", "--project", str(tmp_path))
    arguments = ("--digests", f"backend={OTHER_DIGEST}", *place)
    assert stack.run("rollback", *arguments, "--dry-run").code == 0
    refused = stack.run("rollback", *arguments)
    assert (refused.code, file.read_text()) == (2, before)
    assert "the stack has never had this image of backend" in refused.err
    stack.register("backend", digest=OTHER_DIGEST)
    stack.register("backend")
    done = stack.run("rollback", *arguments)
    assert done.code == 0, done.said
    assert "its next deployment brings the later images back" in done.err
    config = yaml.safe_load(file.read_text())["config"]
    assert config["plataforma:images"] == {
        "registry": "ghcr.io/acme/plataforma",
        "pullSecret": "REGISTRY_CREDENTIALS",
        "digests": {"backend": OTHER_DIGEST, "worker": DIGEST},
    }
    others = yaml.safe_load(before)["config"]
    assert config == {**others, "plataforma:images": config["plataforma:images"]}


def test_digests_are_written_only_if_the_running_tasks_have_them(stack: Stack) -> None:
    stack.server.play("stray_task", WANTED=stack.arn("backend", 1), OLD=stack.arn("backend", 1))
    task = {
        "taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/plataforma-staging/t1",
        "taskDefinitionArn": stack.arn("backend", 1),
        "containers": [{"name": "backend", "image": f"ghcr.io/acme/plataforma/backend@{DIGEST}"}],
    }
    stack.server.answer("ListTasks", Answer({"taskArns": [task["taskArn"]]}))
    stack.server.answer("DescribeTasks", Answer({"tasks": [task], "failures": []}))
    target = stack.folder / "digests.json"
    done = stack.run("digests", "--write", str(target))
    assert done.code == 0, done.said
    assert json.loads(target.read_text())["imageDigests"] == {"backend": DIGEST}
    other = stack.folder / "other.json"
    other.write_text(json.dumps({"imageDigests": {"backend": OTHER_DIGEST}}))
    more = json.dumps({"imageDigests": {"backend": DIGEST, "of-another-stack": OTHER_DIGEST}})
    target.write_text(more)
    same = stack.run("digests", "--no-tasks", "--compare", str(target))
    differs = stack.run("digests", "--no-tasks", "--compare", str(other))
    assert (same.code, differs.code) == (0, 1)

    task["containers"] = [{"name": "backend", "image": f"x@{OTHER_DIGEST}"}]
    stack.server.answer("DescribeTasks", Answer({"tasks": [task], "failures": []}))
    done = stack.run("digests")
    assert done.code == 1
    assert f"backend: task t1 has x@{OTHER_DIGEST}, the stack has {DIGEST}" in done.err


def test_all_problems_of_an_outputs_file_are_reported_at_once(stack: Stack) -> None:
    stack.outputs["services"]["backend"] |= {"rollout": "yolo", "deployWaitSeconds": "90"}
    del stack.outputs["cluster"]
    done = stack.run("restart", "--service", "backend")
    assert done.code == 2
    assert "outputs.json has 3 problems; nothing was changed:" in done.err
    for place in ("cluster", "services.backend.rollout", "services.backend.deployWaitSeconds"):
        assert f"  {place}: " in done.err
