"""Queues of the broker section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, cast

from pydantic import BeforeValidator, Field

from settings.problems import Problem, repeated
from settings.section import Name, Section


class QueueSettings(Section):
    """A queue of SQS, where it differs from the broker's; RabbitMQ's are declared by the
    applications."""

    visibility_timeout_seconds: int | None = Field(
        default=None, ge=0, le=43_200, description="Instead of the broker's, 0 to 43200."
    )
    max_receives: int | None = Field(
        default=None, ge=1, le=1000, description="Instead of the broker's, 1 to 1000."
    )
    retention_days: int = Field(
        default=4,
        ge=1,
        le=14,
        description="Days until SQS drops a message, 1 to 14.",
    )
    fifo: bool = Field(
        default=False,
        description="In order and once within a message group: true or false. Its name at AWS ends "
        "with .fifo, and who sends gives a MessageGroupId. A change replaces the queue.",
    )
    content_based_deduplication: bool = Field(
        default=False,
        description="fifo: drop a message with the body of one of the last five minutes, without a "
        "MessageDeduplicationId: true or false.",
    )

    def problems(self) -> Iterator[Problem]:
        if self.content_based_deduplication and not self.fifo:
            text = "is for a FIFO queue: set fifo to true, or leave it out."
            yield Problem("contentBasedDeduplication", text)


def _by_name(written: object) -> object:
    """A list of names is a map of queues without settings."""
    items = cast(list[object], written) if isinstance(written, list) else []
    names = [item for item in items if isinstance(item, str)]
    if not isinstance(written, list) or len(names) != len(items):
        return written
    for name in repeated(names):
        raise ValueError(f"{name} is listed twice")
    return {name: {} for name in names}


Queues = Annotated[
    dict[Name, QueueSettings],
    BeforeValidator(_by_name, json_schema_input_type=tuple[Name, ...] | dict[Name, QueueSettings]),
]


def problems_without_sqs(queues: Mapping[str, QueueSettings]) -> Iterator[Problem]:
    for name, queue in queues.items():
        for field in sorted(queue.model_fields_set):
            key = QueueSettings.model_fields[field].alias or field
            text = "is SQS's: RabbitMQ's queues are declared by the applications. Leave it out."
            yield Problem(f"queues.{name}.{key}", text)
