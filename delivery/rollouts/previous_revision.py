"""The revision that a service ran before its current one, and which images a stack has had."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from delivery.aws.clients import Aws, code_of
from delivery.rollouts.codedeploy_watch import list_deployments, target_of
from delivery.rollouts.ecs_watch import list_service_deployments, task_definition_of_revision
from delivery.rollouts.task_logs import describe_task_definition
from delivery.shared.errors import InputError
from delivery.shared.outputs import ServiceOutput, StackOutputs, family_of, revision_of, short


def previous_revision(aws: Aws, cluster: str, output: ServiceOutput, running: str) -> str:
    """The newest active revision, other than the running one, that a deployment brought
    successfully. If no deployment is on record: the next lower active revision.

    Errors: InputError if there is none.
    """
    active = _active_revisions(aws, output.family)
    for arn in _deployed_revisions(aws, cluster, output):
        if arn != running and arn in active and family_of(arn) == output.family:
            return arn
    lower = [arn for arn in active if revision_of(arn) < revision_of(running)]
    if not lower:
        raise InputError(
            f"{output.service_name}: there is no active revision before {short(running)}. "
            "Deploy a fix, or go back with `rollback --digests`."
        )
    return max(lower, key=revision_of)


def has_had(aws: Aws, outputs: StackOutputs, image: str, digest: str) -> bool:
    """Whether a revision of a service of the stack has this image."""
    services = [one for one in outputs.services.values() if one.image_name == image]
    families = {service.family for service in services or outputs.services.values()}
    return any(
        container.get("image", "").endswith(f"/{image}@{digest}")
        for family in sorted(families)
        for arn in sorted(_active_revisions(aws, family), key=revision_of, reverse=True)
        for container in describe_task_definition(aws, arn).get("containerDefinitions", ())
    )


def _active_revisions(aws: Aws, family: str) -> list[str]:
    pages = aws.ecs.get_paginator("list_task_definitions").paginate(
        familyPrefix=family, status="ACTIVE"
    )
    arns = [arn for page in pages for arn in page["taskDefinitionArns"]]
    return [arn for arn in arns if family_of(arn) == family]


def _deployed_revisions(aws: Aws, cluster: str, output: ServiceOutput) -> Iterator[str]:
    """Task definitions of successful deployments, the newest first."""
    if output.rollout == "codedeploy":
        return _deployed_by_code_deploy(aws, output)
    return _deployed_by_ecs(aws, cluster, output.service_name)


def _deployed_by_ecs(aws: Aws, cluster: str, service: str) -> Iterator[str]:
    for deployment in list_service_deployments(aws, cluster, service, ["SUCCESSFUL"]):
        yield task_definition_of_revision(aws, deployment.get("targetServiceRevisionArn", ""))


def _deployed_by_code_deploy(aws: Aws, output: ServiceOutput) -> Iterator[str]:
    for deployment in list_deployments(aws, output, ["Succeeded"]):
        try:
            info = aws.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]
        except ClientError as error:
            if code_of(error) != "DeploymentDoesNotExistException":
                raise
            continue
        yield target_of(info)
