"""The last log lines of a task's container, written by the driver awslogs or by a log router."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from delivery.aws.clients import DENIED, Aws, code_of, explain
from delivery.rollouts.tasks import task_id
from delivery.shared.console import Console

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        ContainerDefinitionOutputTypeDef,
        ContainerTypeDef,
        TaskDefinitionTypeDef,
        TaskTypeDef,
    )
    from mypy_boto3_logs.type_defs import GetLogEventsResponseTypeDef

LONGEST_LINE = 500
SIGTERM_EXIT_CODE = 143
"""Of a container that ECS stopped and whose application does not handle SIGTERM."""


@dataclass(frozen=True)
class TaskLogs:
    """Reads from CloudWatch Logs; the task definition names group and stream."""

    aws: Aws
    lines: int = 20

    def of(self, task: TaskTypeDef, names: list[str]) -> Iterator[str]:
        """The last lines of each named container, or why there are none."""
        definition = describe_task_definition(self.aws, task.get("taskDefinitionArn", ""))
        for name in names:
            yield from self._of_container(name, definition, task_id(task))

    def _of_container(
        self, name: str, definition: TaskDefinitionTypeDef, task: str
    ) -> Iterator[str]:
        place = log_stream(definition, name, task)
        if place is None:
            yield f"{name}: its task definition names no log group and stream"
            return
        group, stream = place
        try:
            lines = self._read(group, stream)
        except ClientError as error:
            if code_of(error) not in DENIED:
                raise
            # The rollout's result does not depend on them.
            yield f"{name}: log lines cannot be read: {explain(error)}"
            return
        yield f"{name}: last lines of {group} {stream}" if lines else f"{name}: no lines in {group}"
        yield from (f"  {line}" for line in lines)

    def _read(self, group: str, stream: str) -> list[str]:
        try:
            answer = self.aws.logs.get_log_events(
                logGroupName=group, logStreamName=stream, limit=self.lines, startFromHead=False
            )
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return []
            raise
        messages = [event.get("message", "") for event in answer["events"]]
        return [message.rstrip()[:LONGEST_LINE] for message in messages]


@dataclass
class LogTail:
    """Prints the lines of one stream as they come."""

    aws: Aws
    console: Console
    group: str
    stream: str
    _token: str = ""

    def print_new(self) -> None:
        """The lines since the last call; none while the stream does not exist yet."""
        while True:
            try:
                answer = self._next()
            except ClientError as error:
                if code_of(error) == "ResourceNotFoundException":
                    return
                raise
            for event in answer["events"]:
                self.console.line(event.get("message", "").rstrip())
            # CloudWatch Logs API, GetLogEvents: at the end the token stays the same.
            if answer["nextForwardToken"] == self._token:
                return
            self._token = answer["nextForwardToken"]

    def _next(self) -> GetLogEventsResponseTypeDef:
        if not self._token:
            return self.aws.logs.get_log_events(
                logGroupName=self.group, logStreamName=self.stream, startFromHead=True
            )
        return self.aws.logs.get_log_events(
            logGroupName=self.group,
            logStreamName=self.stream,
            startFromHead=True,
            nextToken=self._token,
        )


def log_stream(definition: TaskDefinitionTypeDef, name: str, task: str) -> tuple[str, str] | None:
    """Log group and log stream of a container, if its task definition names them."""
    containers = definition.get("containerDefinitions", ())
    for container in containers:
        if container.get("name") == name and "logConfiguration" in container:
            configuration = container["logConfiguration"]
            if configuration["logDriver"] == "awsfirelens":
                return _routed_stream(containers, name, task)
            options = configuration.get("options") or {}
            group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
            return (group, f"{prefix}/{name}/{task}") if group and prefix else None
    return None


def _routed_stream(
    containers: Sequence[ContainerDefinitionOutputTypeDef], name: str, task: str
) -> tuple[str, str] | None:
    """The stream that the log router writes: see monitoring/fluent-bit/fluent-bit.conf."""
    routers = [c.get("environment") or [] for c in containers if c.get("firelensConfiguration")]
    variables = {v.get("name"): v.get("value") for v in routers[0]} if routers else {}
    group, service = variables.get("LOG_GROUP"), variables.get("SERVICE_NAME")
    return (group, f"{service}/line.{name}-firelens-{task}") if group and service else None


def describe_task_definition(aws: Aws, arn: str) -> TaskDefinitionTypeDef:
    return aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]


def failed_containers(task: TaskTypeDef) -> list[str]:
    """Names of the containers that failed or are unhealthy; of all containers if none did."""
    containers = task.get("containers", ())
    failed = [c for c in containers if _has_failed(c)]
    return [c.get("name", "") for c in failed or containers]


def _has_failed(container: ContainerTypeDef) -> bool:
    if container.get("exitCode") not in (None, 0, SIGTERM_EXIT_CODE):
        return True
    return container.get("healthStatus") == "UNHEALTHY" or "reason" in container
