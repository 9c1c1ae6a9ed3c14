"""Concurrency groups, which runs and jobs share: one member holds a group, the others are pending.

Sources: GitHub Docs, "Control the concurrency of workflows and jobs": at most one running and by
default one pending, whom a newer one replaces; names are case insensitive; first in, first out.
"Workflow syntax for GitHub Actions", concurrency.queue: `max` lets 100 wait, and not together with
`cancel-in-progress: true`. A member that asks for a group of the run that it is in is cancelled:
"a deadlock for concurrency group ... was detected".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

from tests.walkthrough.expressions import Names, filled
from tests.walkthrough.workflows import WorkflowError

LONGEST_QUEUE = 100
# "Contexts reference", context availability.
OF_WORKFLOWS = frozenset({"github", "inputs", "vars"})
OF_JOBS = OF_WORKFLOWS | {"needs", "strategy", "matrix"}


@dataclass(frozen=True)
class Ask:
    """What a `concurrency:` asks for."""

    group: str
    cancel_in_progress: bool = False
    queue: Literal["single", "max"] = "single"


class Member(Protocol):
    def is_within(self, other: Any) -> bool:
        """Whether `other` is the run or the calling job that this one is part of."""
        ...


M = TypeVar("M", bound=Member)


def asked(concurrency: str | Mapping[str, Any] | None, names: Names, known: frozenset[str]) -> Ask:
    """An empty group where there is no `concurrency:`. `known`: the contexts that it may use.

    Errors: WorkflowError, ExpressionError.
    """
    if concurrency is None:
        return Ask("")
    content = {"group": concurrency} if isinstance(concurrency, str) else concurrency
    unknown = content.keys() - {"group", "cancel-in-progress", "queue"}
    if unknown:
        raise WorkflowError(f"concurrency has no {', '.join(sorted(unknown))}")
    said = filled(content, {name: names[name] for name in known if name in names})
    queue, cancels = said.get("queue", "single"), said.get("cancel-in-progress") is True
    if queue not in ("single", "max") or (cancels and queue == "max"):
        raise WorkflowError("concurrency.queue is single, or max without cancel-in-progress")
    return Ask(str(said["group"]).casefold(), cancels, queue)


@dataclass
class _Group(Generic[M]):
    holder: M | None = None
    pending: list[M] = field(default_factory=list[M])


@dataclass
class Entry(Generic[M]):
    """`refused` says why the member is cancelled instead. `replaced` are pending members that are
    cancelled for it, `stopped` is the running one."""

    holds: bool = False
    refused: str = ""
    replaced: list[M] = field(default_factory=list[M])
    stopped: M | None = None


@dataclass
class Groups(Generic[M]):
    _groups: dict[str, _Group[M]] = field(default_factory=dict[str, _Group[M]])

    def enter(self, member: M, ask: Ask) -> Entry[M]:
        group = self._groups.setdefault(ask.group, _Group())
        if group.holder is None:
            group.holder = member
            return Entry(holds=True)
        if member.is_within(group.holder):
            return Entry(refused=f"a deadlock for concurrency group {ask.group!r} was detected")
        if ask.queue == "max" and len(group.pending) >= LONGEST_QUEUE:
            return Entry(refused=f"the queue of {ask.group!r} is full")
        replaced = [] if ask.queue == "max" else group.pending
        group.pending = [other for other in group.pending if other not in replaced] + [member]
        return Entry(replaced=replaced, stopped=group.holder if ask.cancel_in_progress else None)

    def leave(self, member: M) -> list[M]:
        """Those that hold a group from now on, since this member has ended."""
        admitted = list[M]()
        for group in self._groups.values():
            group.pending = [other for other in group.pending if other != member]
            if group.holder == member:
                group.holder = group.pending.pop(0) if group.pending else None
                admitted += [group.holder] if group.holder else []
        return admitted
