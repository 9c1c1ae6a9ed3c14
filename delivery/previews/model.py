"""What a preview would change, in the values that a comment may show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from delivery.previews.price.summary import Price
from policies.check import Violation
from simulation.plan import Engine

ChangeKind = Literal["create", "update", "replace", "delete"]
ORDER = {"replace": 0, "delete": 1, "update": 2, "create": 3}
"""The heaviest first."""


@dataclass(frozen=True)
class PropertyDiff:
    """One property. `old` and `new` are None where they are redacted, or no short text."""

    path: str
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True)
class Change:
    """The change of one resource. `group`: the part of the platform that it belongs to;
    `replace_reasons`: the properties that force a replacement; `data_loss`: the data that the
    change destroys, `downtime`: what it interrupts, `upgrade`: the upgrade that AWS can't undo,
    each of them empty where there is none."""

    operation: ChangeKind
    type: str
    name: str
    group: str
    diffs: tuple[PropertyDiff, ...] = ()
    replace_reasons: tuple[str, ...] = ()
    data_loss: str = ""
    downtime: str = ""
    upgrade: str = ""
    note: str = ""


@dataclass(frozen=True)
class Wait:
    """How long a healthy rollout of a service takes."""

    service: str
    strategy: str
    seconds: int


@dataclass(frozen=True)
class Preview:
    """The changes of one stack.

    `lists_all`: `changes` holds every resource of the stack, for the engine knew no state and no
    other preview to compare with. `against`: what it was compared with. `violations`: None where
    the policy rules could not be checked. `price`: None where the preview does not show the whole
    stack. `encrypted`: paths of the stack file with another encrypted value.
    """

    stack: str
    engine: Engine
    changes: tuple[Change, ...] = ()
    same: int = 0
    lists_all: bool = False
    against: str = ""
    violations: tuple[Violation, ...] | None = None
    waits: tuple[Wait, ...] = ()
    price: Price | None = None
    errors: tuple[str, ...] = ()
    encrypted: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def count(self) -> Counter[str]:
        return Counter(change.operation for change in self.changes)
