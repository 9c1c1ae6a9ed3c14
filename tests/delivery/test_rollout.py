"""How rollouts end. Service deployments, circuit breakers and CodeDeploy's progress are
RECORDED ANSWERS (recorded/*.json); task definitions and logs are moto's."""

from __future__ import annotations

import json

import pytest

from tests.delivery.aws_server import Answer, denied, refused, throttled
from tests.delivery.stack import CLUSTER, Stack

INTERVAL = 3
ROUTED = "backend/line.backend-firelens-bad"
"""The stream of task bad, as monitoring/fluent-bit names it (test_monitoring)."""


@pytest.fixture
def asked(stack: Stack) -> Stack:
    """A stack whose revision of the backend is 2."""
    stack.outputs["services"]["backend"]["taskDefinition"] = stack.register("backend")
    return stack


def play(stack: Stack, name: str, **more: str) -> None:
    words = {"WANTED": stack.arn("backend", 2), "OLD": stack.arn("backend", 1)}
    stack.server.play(name, **(words | more))


def register_with_router(stack: Stack) -> str:
    """A new revision of the backend, with a log router."""
    given = {"LOG_GROUP": "/plataforma/staging/backend", "SERVICE_NAME": "backend"}
    router = {
        "name": "log-router",
        "image": "fluent-bit",
        "memory": 64,
        "firelensConfiguration": {"type": "fluentbit"},
        "environment": [{"name": name, "value": value} for name, value in given.items()],
    }
    backend = {
        "name": "backend",
        "image": "backend",
        "memory": 512,
        "logConfiguration": {"logDriver": "awsfirelens"},
    }
    made = stack.ecs.register_task_definition(
        family=f"{CLUSTER}-backend", networkMode="awsvpc", containerDefinitions=[router, backend]
    )
    return str(made["taskDefinition"]["taskDefinitionArn"])


def by_code_deploy(stack: Stack) -> None:
    output = stack.outputs["services"]["backend"]
    load_balancer = {"ContainerName": "backend", "ContainerPort": 3000}
    properties = {"LoadBalancerInfo": load_balancer, "TaskDefinition": output["taskDefinition"]}
    target = {"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}
    output |= {
        "rollout": "codedeploy",
        "codeDeployApplication": f"{CLUSTER}-backend",
        "codeDeployDeploymentGroup": f"{CLUSTER}-backend",
        "appSpec": json.dumps({"version": 0.0, "Resources": [target]}),
    }


@pytest.mark.parametrize("name", ["rolling_well", "blue_green_well"])
def test_a_successful_rollout(asked: Stack, name: str) -> None:
    play(asked, name)
    done = asked.follow()
    assert done.code == 0, done.said
    assert "backend: plataforma-staging-backend:2 runs, 2 tasks" in done.out
    assert "| ok | backend |" in done.summary


def test_events_are_reported_once_in_order(asked: Stack) -> None:
    play(asked, "rolling_well")
    lines = asked.follow().out.splitlines()
    events = [line for line in lines if "(service backend)" in line]
    assert [line.partition("(service backend) ")[2].split()[0] for line in events] == [
        "has",
        "registered",
        "has",
    ]


def test_the_command_ends_with_the_rollout(asked: Stack) -> None:
    """The third poll is the first to see the end: after two intervals."""
    play(asked, "rolling_well")
    asked.follow()
    assert asked.clock.seconds == 2 * INTERVAL


def test_a_rollback_fails_although_ecs_reports_success(asked: Stack) -> None:
    asked.log("backend", "bad", "TypeError: cannot read orders", "exiting")
    play(asked, "rolled_back")
    done = asked.follow()
    assert done.code == 1
    assert "the deployment was ROLLED BACK: Service deployment rolled back because the" in done.err
    expected = "Expected plataforma-staging-backend:2, running plataforma-staging-backend:1."
    assert expected in done.err
    assert "task bad failed: Essential container in task exited (backend exited with 1)" in done.out
    assert "TypeError: cannot read orders" in done.out
    assert done.out.count("task bad failed") == 1
    assert "deployment failed: tasks failed to start." in done.out
    assert "| **FAILED** | backend |" in done.summary
    assert asked.clock.seconds == 2 * INTERVAL


def test_log_lines_are_read_from_the_log_routers_stream(stack: Stack) -> None:
    stack.outputs["services"]["backend"]["taskDefinition"] = register_with_router(stack)
    stack.log("backend", "bad", "TypeError: cannot read orders", stream=ROUTED)
    play(stack, "rolled_back")
    done = stack.follow()
    assert done.code == 1
    assert f"backend: last lines of /plataforma/staging/backend {ROUTED}" in done.out
    assert "TypeError: cannot read orders" in done.out


def test_a_rollback_that_ended_before_the_first_poll(asked: Stack) -> None:
    """`pulumi up` waited for a steady state, and ECS reached one: with the old revision."""
    play(asked, "rolled_back_before")
    done = asked.follow()
    assert done.code == 1
    assert "ROLLED BACK" in done.err
    assert asked.clock.seconds == INTERVAL


def test_a_stack_that_returned_to_the_running_revision(stack: Stack) -> None:
    """The stack file was reverted to the running revision: the earlier rollback does not count."""
    stack.register("backend")
    play(stack, "rolled_back_before")
    done = stack.follow()
    assert done.code == 0, done.said
    assert "plataforma-staging-backend:1 runs, 2 tasks" in done.out


def test_the_same_revision_deployed_again_and_rolled_back(stack: Stack) -> None:
    """Other settings (network, load balancer) were rolled back; the task definition runs."""
    play(stack, "rolled_back_before", WANTED=stack.arn("backend", 1))
    assert stack.follow().code == 1


def test_the_old_revision_runs_and_no_deployment_to_the_new_one_exists(stack: Stack) -> None:
    """moto's service runs revision 1, the stack has 2, and no deployment is on record."""
    stack.outputs["services"]["backend"]["taskDefinition"] = stack.register("backend")
    stack.server.answer("ListServiceDeployments", Answer({"serviceDeployments": []}))
    done = stack.follow()
    assert done.code == 1
    assert "there is no deployment to the expected revision. Expected" in done.err


def test_a_service_without_deployments_on_record(asked: Stack) -> None:
    """One whose last deployment is over 90 days old: its primary deployment counts."""
    play(asked, "rolling_well")
    asked.server.answer("ListServiceDeployments", Answer({"serviceDeployments": []}))
    done = asked.follow()
    assert done.code == 0, done.said
    assert "plataforma-staging-backend:2 runs, 2 tasks" in done.out


def test_another_deployment_is_already_running(asked: Stack) -> None:
    play(asked, "another_running", OTHER=asked.arn("backend", 9))
    done = asked.follow()
    assert done.code == 1
    assert "another deployment is already running, to plataforma-staging-backend:9" in done.err
    assert "service-deployment/plataforma-staging/backend/dep-2" in done.err


def test_tasks_that_never_start(asked: Stack) -> None:
    play(asked, "never_starts")
    done = asked.follow("--timeout", "30")
    assert done.code == 1
    assert "task never failed: CannotPullContainerError" in done.out
    assert "check that the digest is in the registry" in done.out
    assert "not finished after 30 s: IN_PROGRESS SCALE_UP, 0 of 2 running" in done.err
    assert asked.clock.seconds == 30


def test_the_command_waits_for_the_old_revisions_last_task(asked: Stack) -> None:
    play(asked, "stray_task")
    done = asked.follow()
    assert done.code == 0, done.said
    assert asked.clock.sleeps == 1


def test_a_short_throttling_does_not_end_the_watch(asked: Stack) -> None:
    play(asked, "rolling_well")
    asked.server.answer(
        "DescribeServiceRevisions",
        *[throttled()] * 6,
        Answer({"serviceRevisions": [{"taskDefinition": asked.arn("backend", 2)}]}),
    )
    done = asked.follow()
    assert done.code == 0, done.said
    assert "backend: poll failed, retrying" in done.out


def test_a_missing_permission_ends_it_at_once(asked: Stack) -> None:
    play(asked, "rolling_well")
    asked.server.answer("ListServiceDeployments", denied("ecs:ListServiceDeployments"))
    done = asked.follow()
    assert done.code == 2
    assert "may not call ecs:ListServiceDeployments. Allow it in the role" in done.err
    assert asked.server.said.count("ListServiceDeployments") == 1


def test_unreadable_log_lines_do_not_hide_the_result(asked: Stack) -> None:
    play(asked, "rolled_back")
    asked.server.answer("GetLogEvents", denied("logs:GetLogEvents"))
    done = asked.follow()
    assert done.code == 1
    assert "may not call logs:GetLogEvents" in done.out
    assert "ROLLED BACK" in done.err


def test_a_service_that_the_cluster_does_not_have(stack: Stack) -> None:
    stack.outputs["services"]["backend"]["serviceName"] = "backnd"
    done = stack.follow()
    assert done.code == 2
    assert "cluster plataforma-staging has no active service backnd" in done.err


# CodeDeploy


def test_code_deploy_gets_the_stacks_app_spec(asked: Stack) -> None:
    by_code_deploy(asked)
    play(asked, "codedeploy_well")
    done = asked.follow()
    assert done.code == 0, done.said
    (sent,) = [body for action, body in asked.server.asked if action == "CreateDeployment"]
    content = json.loads(sent["revision"]["appSpecContent"]["content"])
    assert content == json.loads(asked.outputs["services"]["backend"]["appSpec"])
    assert "backend: AllowTraffic Succeeded" in done.out
    assert (
        "RegisterTaskDefinition"
        not in asked.server.said[asked.server.said.index("GetDeployment") :]
    )


def test_code_deploys_rollback_is_followed_and_fails(asked: Stack) -> None:
    by_code_deploy(asked)
    play(asked, "codedeploy_rolled_back")
    done = asked.follow()
    assert done.code == 1
    assert "ALARM_ACTIVE" in done.err
    assert "its rollback d-BACK: Succeeded" in done.err
    assert "running plataforma-staging-backend:1." in done.err


def test_code_deploy_reports_success_and_the_old_revision_runs(asked: Stack) -> None:
    by_code_deploy(asked)
    play(asked, "codedeploy_well")
    asked.server.answer("DescribeServices", asked.server.answers("DescribeServices")[0])
    done = asked.follow()
    assert done.code == 1
    assert "CodeDeploy reports a successful deployment. Expected" in done.err


@pytest.mark.parametrize("name", ["codedeploy_runs_already", "codedeploy_under_way"])
def test_no_second_code_deploy_deployment_is_created(asked: Stack, name: str) -> None:
    by_code_deploy(asked)
    play(asked, name, TARGET=asked.arn("backend", 2))
    done = asked.follow()
    assert done.code == 0, done.said
    assert "CreateDeployment" not in asked.server.said


def test_another_code_deploy_deployment_is_in_progress(asked: Stack) -> None:
    by_code_deploy(asked)
    play(asked, "codedeploy_under_way", TARGET=asked.arn("backend", 9))
    done = asked.follow()
    assert done.code == 1
    assert "d-OPEN to plataforma-staging-backend:9 is already running" in done.err
    assert "CreateDeployment" not in asked.server.said


def test_code_deploy_refuses_a_second_deployment(asked: Stack) -> None:
    """Another one was created between the check and the call."""
    by_code_deploy(asked)
    play(asked, "codedeploy_well")
    asked.server.answer(
        "CreateDeployment", refused("DeploymentLimitExceededException", "is already deploying")
    )
    done = asked.follow()
    assert done.code == 1
    assert "another CodeDeploy deployment of plataforma-staging-backend is in progress" in done.err


def test_a_dry_run_creates_nothing(asked: Stack) -> None:
    by_code_deploy(asked)
    play(asked, "codedeploy_well")
    done = asked.follow("--dry-run")
    assert done.code == 0
    assert "would create a CodeDeploy deployment from plataforma-staging-backend:1 to" in done.out
    assert "CreateDeployment" not in asked.server.said
