"""What a preview says would change, whichever engine made it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

Operation = Literal["create", "update", "replace", "delete"]
Engine = Literal["pulumi", "process"]


@dataclass(frozen=True)
class Diff:
    """One property. `old` and `new` are None where they are not to be shown, or are not there."""

    path: str
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True)
class Change:
    """One resource. `because`: the properties that force a replacement; `lost`: what a deletion of
    it would destroy, empty where nothing; `note`: what else to know."""

    operation: Operation
    type: str
    name: str
    group: str
    diffs: tuple[Diff, ...] = ()
    because: tuple[str, ...] = ()
    lost: str = ""
    note: str = ""


@dataclass(frozen=True)
class Violation:
    rule: str
    mandatory: bool
    resource: str
    message: str


@dataclass(frozen=True)
class Wait:
    """How long a healthy rollout of a service waits."""

    service: str
    strategy: str
    seconds: int


@dataclass(frozen=True)
class Preview:
    """`whole`: not what changes but what the stack consists of, since the engine knows no state.
    `errors` and `warnings` are what the engine and the program said."""

    stack: str
    engine: Engine
    changes: tuple[Change, ...] = ()
    same: int = 0
    whole: bool = False
    compared: bool = False
    violations: tuple[Violation, ...] | None = None
    waits: tuple[Wait, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def count(self) -> Counter[str]:
        return Counter(change.operation for change in self.changes)
