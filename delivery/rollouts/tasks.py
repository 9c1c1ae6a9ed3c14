"""Lists and describes the tasks of a service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from delivery.aws.clients import Aws

if TYPE_CHECKING:
    from mypy_boto3_ecs.literals import DesiredStatusType
    from mypy_boto3_ecs.type_defs import TaskTypeDef

DESCRIBED_AT_ONCE = 100
"""The most tasks that one call of DescribeTasks takes."""
ENDING = frozenset({"DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"})
"""Last statuses. Source: Amazon ECS Developer Guide, "Amazon ECS task lifecycle"."""


def list_tasks(aws: Aws, cluster: str, service: str, status: DesiredStatusType) -> list[str]:
    """ARNs of the service's tasks."""
    pages = aws.ecs.get_paginator("list_tasks").paginate(
        cluster=cluster, serviceName=service, desiredStatus=status
    )
    return [arn for page in pages for arn in page["taskArns"]]


def describe_tasks(aws: Aws, cluster: str, arns: Sequence[str]) -> Iterator[TaskTypeDef]:
    for start in range(0, len(arns), DESCRIBED_AT_ONCE):
        some = arns[start : start + DESCRIBED_AT_ONCE]
        yield from aws.ecs.describe_tasks(cluster=cluster, tasks=some)["tasks"]


def other_tasks(aws: Aws, cluster: str, service: str, task_definition: str) -> list[TaskTypeDef]:
    """Running tasks of any other task definition than this one."""
    arns = list_tasks(aws, cluster, service, "RUNNING")
    tasks = describe_tasks(aws, cluster, arns)
    return [task for task in tasks if task.get("taskDefinitionArn") != task_definition]


def task_id(task: TaskTypeDef) -> str:
    return task.get("taskArn", "").rpartition("/")[2]
