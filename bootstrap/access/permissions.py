"""All that the pipeline calls, topic by topic: for the program's resource types (resource_types/),
and for what the delivery commands do besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from resource_types.catalog import calls_by_topic
from resource_types.model import Calls

_DELIVERY = (
    # Migrations.
    Calls(
        write="ecs: RunTask StopTask DescribeTasks; logs: GetLogEvents",
        passes_role_to="ecs-tasks.amazonaws.com",
    ),
    # Following a rollout.
    Calls(
        write="ecs: ListTasks ListTaskDefinitions DescribeTasks; logs: GetLogEvents FilterLogEvents"
    ),
    # Rollouts by CodeDeploy.
    Calls(
        write=(
            "codedeploy: CreateDeployment GetDeployment BatchGetDeploymentTargets "
            "GetDeploymentTarget ListDeploymentTargets ListDeployments ContinueDeployment "
            "StopDeployment RegisterApplicationRevision GetApplicationRevision GetDeploymentConfig"
        ),
        in_pull_requests=False,
    ),
    # Environments of pull requests.
    Calls(write="ec2: DescribeVpcs DescribeSubnets"),
)
TOPICS: Mapping[str, Sequence[Calls]] = {**calls_by_topic(), "delivery": _DELIVERY}
CALLS: tuple[Calls, ...] = tuple(calls for topic in TOPICS.values() for calls in topic)
