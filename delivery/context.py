"""What every command gets beside its arguments."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from delivery.aws.clients import Aws, connect
from delivery.shared.clock import Clock, SystemClock
from delivery.shared.console import Console


@dataclass(frozen=True)
class Context:
    """`connect` makes the AWS clients of a region. Tests pass their own, and a clock that does not
    wait."""

    console: Console = field(default_factory=Console)
    clock: Clock = field(default_factory=SystemClock)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    connect: Callable[[str], Aws] = connect
