"""The last lines that a task's container wrote: by the driver awslogs or by its log router."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from delivery.aws.clients import DENIED, Aws, code_of, explain
from delivery.aws.ecs import Container, Task, TaskDefinition

LONGEST_LINE = 500


@dataclass(frozen=True)
class TaskLogs:
    """Reads from CloudWatch; the task definition says where."""

    aws: Aws
    lines: int = 20

    def of(self, task: Task, names: list[str]) -> Iterator[str]:
        """For each named container its last lines, or why there are none."""
        definition = definition_of(self.aws, task["taskDefinitionArn"])
        for name in names:
            yield from self._of_container(name, definition, task["taskArn"].rpartition("/")[2])

    def _of_container(self, name: str, definition: TaskDefinition, task: str) -> Iterator[str]:
        place = place_of(definition, name, task)
        if place is None:
            yield f"{name}: its task definition names no log group and stream"
            return
        group, stream = place
        try:
            lines = self._read(group, stream)
        except ClientError as error:
            if code_of(error) not in DENIED:
                raise
            # Whether the rollout went well is known without them.
            yield f"{name}: its lines cannot be read: {explain(error)}"
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
        return [event["message"].rstrip()[:LONGEST_LINE] for event in answer["events"]]


def place_of(definition: TaskDefinition, name: str, task: str) -> tuple[str, str] | None:
    """Log group and stream of a container's lines, where its task definition tells them."""
    containers = definition.get("containerDefinitions", ())
    container = next((c for c in containers if c.get("name") == name), {})
    configuration = container.get("logConfiguration") or {}
    if configuration.get("logDriver") == "awsfirelens":
        return _routed(containers, name, task)
    options = configuration.get("options") or {}
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    return (group, f"{prefix}/{name}/{task}") if group and prefix else None


def _routed(
    containers: Sequence[Mapping[str, Any]], name: str, task: str
) -> tuple[str, str] | None:
    """As monitoring/fluent-bit/fluent-bit.conf has the log router name the stream."""
    router = next((c for c in containers if c.get("firelensConfiguration")), {})
    given = {v["name"]: v["value"] for v in router.get("environment") or ()}
    group, service = given.get("LOG_GROUP"), given.get("SERVICE_NAME")
    return (group, f"{service}/line.{name}-firelens-{task}") if group and service else None


def definition_of(aws: Aws, arn: str) -> TaskDefinition:
    return aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]


def troubled(task: Task) -> list[str]:
    """Names of the containers that ended with an error or are unhealthy; all where none is."""
    containers = task.get("containers", ())
    found = [c["name"] for c in containers if _is_troubled(c)]
    return found or [c["name"] for c in containers]


def _is_troubled(container: Container) -> bool:
    # SIGTERM ends a container with 143 where its application does not catch it.
    failed = container.get("exitCode") not in (None, 0, 143)
    return failed or container.get("healthStatus") == "UNHEALTHY" or "reason" in container
