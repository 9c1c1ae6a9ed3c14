"""The CloudWatch metric of a queue's depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi


@dataclass(frozen=True)
class QueueMetric:
    """The metric that counts the messages or jobs waiting in one queue."""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, str])
