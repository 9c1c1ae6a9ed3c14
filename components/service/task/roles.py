"""The two roles of a task: what ECS needs to start it, and what its containers may do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pulumi

from components.service.cluster import Cluster
from components.shared import iam
from components.shared.context import Context
from components.shared.logs import write_statement
from components.shared.secret_handle import SecretHandle
from settings.service import registries


def execution_role(
    service: str,
    context: Context,
    *,
    log_group_arn: pulumi.Input[str],
    secrets: Iterable[SecretHandle],
    key_arn: pulumi.Input[str],
    images: Iterable[str],
    parent: pulumi.Resource,
) -> iam.ServiceRole:
    """Writes to the service's log group, reads its secrets and pulls its images (full references)
    from ECR, and no others."""
    return iam.service_role(
        f"{service}-execution",
        physical_name=context.names.role(service, "execution"),
        service="ecs-tasks",
        context=context,
        statements=[
            *execution_statements(log_group_arn, list(secrets), key_arn),
            *pull_statements(images, context),
        ],
        parent=parent,
    )


def execution_statements(
    log_group_arn: pulumi.Input[str], secrets: Sequence[SecretHandle], key_arn: pulumi.Input[str]
) -> list[iam.Statement]:
    """Source: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role"."""
    statements = [write_statement(log_group_arn)]
    for store in ("ssm", "secretsmanager"):
        of_store = [secret for secret in secrets if secret.store == store]
        if of_store:
            arns = [secret.arn for secret in of_store]
            statements.append(iam.allow([of_store[0].read_action()], arns))
    if secrets:
        others = [secret.key_arn for secret in secrets if secret.key_arn]
        statements.append(iam.allow(["kms:Decrypt"], [key_arn, *dict.fromkeys(others)]))
    return statements


def pull_statements(images: Iterable[str], context: Context) -> list[iam.Statement]:
    """What ECS needs to pull `images` that are in ECR.

    Source: Amazon ECR User Guide, "Using Amazon ECR images with Amazon ECS".
    """
    found = {registries.repository(image) for image in images if registries.ecr_registry(image)}
    if not found:
        return []
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    arns = [context.arn("ecr", f"repository/{name}") for name in sorted(found)]
    return [iam.allow(["ecr:GetAuthorizationToken"], ["*"]), iam.allow(pull, arns)]


def task_role(
    service: str,
    context: Context,
    cluster: Cluster,
    statements: Sequence[iam.Statement],
    *,
    protects_tasks: bool,
    parent: pulumi.Resource,
) -> iam.ServiceRole:
    """`statements`, task scale-in protection for consumers of queues, and ECS Exec if it is on."""
    all_statements = list(statements)
    if protects_tasks:
        tasks = context.arn("ecs", f"task/{context.names.platform}/*")
        protect = ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"]
        all_statements.append(iam.allow(protect, [tasks]))
    if cluster.exec_log_group_arn is not None:
        all_statements += exec_statements(cluster.exec_log_group_arn, cluster.exec_key_arn)
    return iam.service_role(
        f"{service}-task",
        physical_name=context.names.role(service, "task"),
        service="ecs-tasks",
        context=context,
        statements=all_statements,
        parent=parent,
    )


def exec_statements(
    log_group_arn: pulumi.Input[str], key_arn: pulumi.Input[str]
) -> list[iam.Statement]:
    """Source: "Monitor Amazon ECS containers with ECS Exec"; the key is the cluster's, by which the
    agent decrypts the session's data key. ssmmessages and DescribeLogGroups have no resources to
    name."""
    channel = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ]
    write = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return [
        iam.allow(channel, ["*"]),
        iam.allow(["logs:DescribeLogGroups"], ["*"]),
        iam.allow(write, [pulumi.Output.concat(log_group_arn, ":*")]),
        iam.allow(["kms:Decrypt"], [key_arn]),
    ]
