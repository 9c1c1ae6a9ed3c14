"""The watch for a service's strategy."""

from __future__ import annotations

from delivery.aws.clients import Aws
from delivery.rollouts.codedeploy_watch import (
    CodeDeployWatch,
    create,
    running_task_set,
    unfinished_deployment,
)
from delivery.rollouts.ecs_watch import EcsWatch
from delivery.rollouts.follow import Watch
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError
from delivery.shared.outputs import StackOutputs, short


def watch_for(
    aws: Aws,
    console: Console,
    outputs: StackOutputs,
    name: str,
    target: str,
    after: str = "",
) -> Watch:
    """With CodeDeploy, creates the deployment to `target` unless it runs already or is in progress.
    `after`: see EcsWatch.

    Errors: DeliveryError if another CodeDeploy deployment is in progress.
    """
    output = outputs.services[name]
    if output.rollout != "codedeploy":
        cluster, service = outputs.cluster, output.service_name
        return EcsWatch(aws, console, cluster, name, service, target, after)
    deployment = _code_deployment(aws, console, outputs, name, target)
    return CodeDeployWatch(aws, console, outputs.cluster, name, output, target, deployment)


def _code_deployment(
    aws: Aws, console: Console, outputs: StackOutputs, name: str, target: str
) -> str | None:
    """The id of the deployment to follow; None if the target runs already."""
    output = outputs.services[name]
    unfinished = unfinished_deployment(aws, output)
    if unfinished is not None:
        deployment, other = unfinished
        if other != target:
            raise DeliveryError(
                f"{name}: CodeDeploy deployment {deployment} to "
                f"{short(other) or 'an unknown revision'} is already running; expected "
                f"{short(target)}. Wait for it or stop it, then rerun."
            )
        console.line(f"{name}: CodeDeploy deployment {deployment} is in progress, following it")
        return deployment
    if running_task_set(aws, outputs.cluster, output.service_name) == target:
        return None
    deployment = create(aws, output, target)
    console.line(f"{name}: created CodeDeploy deployment {deployment} to {short(target)}")
    return deployment
