"""The part of ECS that delivery calls, typed. Source: Amazon ECS API Reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, Required, TypedDict


class Event(TypedDict):
    id: str
    createdAt: datetime
    message: str


class Deployment(TypedDict, total=False):
    id: str
    status: str
    taskDefinition: str
    desiredCount: int
    pendingCount: int
    runningCount: int
    failedTasks: int
    createdAt: datetime
    rolloutState: str
    rolloutStateReason: str


class TaskSet(TypedDict, total=False):
    id: str
    status: str
    taskDefinition: str
    runningCount: int
    computedDesiredCount: int
    stabilityStatus: str


class Service(TypedDict, total=False):
    serviceName: str
    serviceArn: str
    status: str
    desiredCount: int
    runningCount: int
    taskDefinition: str
    deployments: Sequence[Deployment]
    taskSets: Sequence[TaskSet]
    events: Sequence[Event]


class Failure(TypedDict, total=False):
    arn: str
    reason: str
    detail: str


class Services(TypedDict):
    services: Sequence[Service]
    failures: Sequence[Failure]


class RevisionSummary(TypedDict, total=False):
    arn: str
    requestedTaskCount: int
    runningTaskCount: int
    pendingTaskCount: int


class Rollback(TypedDict, total=False):
    reason: str
    startedAt: datetime
    serviceRevisionArn: str


class ServiceDeployment(TypedDict, total=False):
    serviceDeploymentArn: Required[str]
    createdAt: Required[datetime]
    status: Required[str]
    statusReason: str
    lifecycleStage: str
    targetServiceRevision: RevisionSummary
    targetServiceRevisionArn: str
    rollback: Rollback


class ServiceDeployments(TypedDict):
    serviceDeployments: Sequence[ServiceDeployment]


class ServiceRevision(TypedDict, total=False):
    serviceRevisionArn: str
    taskDefinition: str


class ServiceRevisions(TypedDict):
    serviceRevisions: Sequence[ServiceRevision]


class Container(TypedDict, total=False):
    name: Required[str]
    image: str
    imageDigest: str
    exitCode: int
    reason: str
    lastStatus: str
    healthStatus: str


class Task(TypedDict, total=False):
    taskArn: Required[str]
    taskDefinitionArn: Required[str]
    lastStatus: str
    desiredStatus: str
    stopCode: str
    stoppedReason: str
    startedAt: datetime
    containers: Sequence[Container]


class Tasks(TypedDict):
    tasks: Sequence[Task]
    failures: Sequence[Failure]


class TaskDefinition(TypedDict, total=False):
    taskDefinitionArn: str
    family: str
    revision: int
    status: str
    containerDefinitions: Sequence[Mapping[str, Any]]


class DescribedTaskDefinition(TypedDict):
    taskDefinition: TaskDefinition


class EcsApi(Protocol):
    """boto3's ECS client. Lists come page by page: see delivery.aws.pages."""

    def describe_services(self, *, cluster: str, services: Sequence[str]) -> Services: ...

    def list_service_deployments(self, **given: Any) -> Mapping[str, Any]: ...

    def describe_service_deployments(
        self, *, serviceDeploymentArns: Sequence[str]
    ) -> ServiceDeployments: ...

    def describe_service_revisions(
        self, *, serviceRevisionArns: Sequence[str]
    ) -> ServiceRevisions: ...

    def list_tasks(self, **given: Any) -> Mapping[str, Any]: ...

    def describe_tasks(self, *, cluster: str, tasks: Sequence[str]) -> Tasks: ...

    def list_task_definitions(self, **given: Any) -> Mapping[str, Any]: ...

    def describe_task_definition(self, *, taskDefinition: str) -> DescribedTaskDefinition: ...

    def run_task(self, **given: Any) -> Tasks: ...

    def update_service(self, *, cluster: str, service: str, taskDefinition: str) -> object: ...
