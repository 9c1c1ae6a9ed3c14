"""The part of CloudWatch Logs that delivery calls, typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypedDict


class LogEvent(TypedDict):
    timestamp: int
    message: str


class LogEvents(TypedDict):
    events: Sequence[LogEvent]


class LogsApi(Protocol):
    """boto3's CloudWatch Logs client."""

    def get_log_events(
        self, *, logGroupName: str, logStreamName: str, limit: int, startFromHead: bool
    ) -> LogEvents: ...
