"""A run of a workflow, its jobs, and those of the workflows that it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.walkthrough.events import REPOSITORY
from tests.walkthrough.workflows import Event, Map, Workflow

ENDED = "ended"


@dataclass(eq=False, repr=False)
class Run:
    """`state`: pending, running or ended. `result`, once it has ended: success, failure or
    cancelled. `standing`: jobs that a re-run of the failed ones takes from the run before."""

    number: int
    event: Event
    workflow: Workflow
    inputs: Map
    actor: int
    attempt: int = 1
    state: str = "pending"
    result: str = ""
    why: str = ""
    is_cancelled: bool = False
    calls: list[Call] = field(default_factory=list["Call"])
    standing: Mapping[str, Job] = field(default_factory=dict[str, "Job"])

    def __repr__(self) -> str:
        jobs = ", ".join(repr(job) for job in self.jobs if job.result != "skipped")
        return f"{self.workflow.file}: {self.result or self.state} ({jobs})"

    def is_within(self, other: object) -> bool:
        del other
        return False

    @property
    def jobs(self) -> Iterator[Job]:
        """Calling jobs too; what is skipped has no variants, but is one job here."""
        for call in self.calls:
            for jobs in call.jobs.values():
                yield from jobs

    def job(self, where: str) -> Job:
        return next(job for job in self.jobs if job.where == where)

    def github(self) -> dict[str, Any]:
        """The `github` context."""
        pull_request = self.event.payload.get("pull_request") or {}
        return {
            "base_ref": (pull_request.get("base") or {}).get("ref", ""),
            "event": self.event.payload,
            "event_name": self.event.name,
            "head_ref": (pull_request.get("head") or {}).get("ref", ""),
            "ref": self.event.ref,
            "repository": REPOSITORY,
            "run_attempt": str(self.attempt),
            "run_id": str(self.number),
            "sha": self.event.commit,
            "workflow": self.workflow.content["name"],
        }


@dataclass(eq=False)
class Call:
    """The jobs of one workflow: the run's own (without a `caller`), or one that a job calls.
    `state`: pending (its concurrency group is held) or running."""

    run: Run
    workflow: Workflow
    path: str
    inputs: Map
    caller: Job | None = None
    state: str = "running"
    jobs: dict[str, list[Job]] = field(default_factory=dict[str, list["Job"]])
    """Those whose turn has come."""

    def is_within(self, other: object) -> bool:
        return other is self.caller or (self.caller is not None and self.caller.is_within(other))

    def need(self, name: str) -> dict[str, Any]:
        """An entry of the context `needs`."""
        jobs = self.jobs[name]
        outputs = {k: v for job in jobs for k, v in job.outputs.items() if v not in (None, "")}
        return {"result": together([job.result for job in jobs]), "outputs": outputs}

    def has_ended(self, *names: str) -> bool:
        """Whether these jobs have; without names, all."""
        return all(
            name in self.jobs and all(job.state == ENDED for job in self.jobs[name])
            for name in names or self.workflow.jobs
        )


@dataclass(eq=False, repr=False)
class Job:
    """A job, or one variant of its matrix. `state`: pending (its concurrency group is held),
    waiting (for an approval), running, calling or ended."""

    call: Call
    name: str
    where: str
    names: Mapping[str, Any]
    environment: str = ""
    state: str = ""
    result: str = ""
    why: str = ""
    outputs: Map = field(default_factory=dict[str, Any])

    def __repr__(self) -> str:
        return f"{self.where}: {self.result or self.state}"

    @property
    def content(self) -> Map:
        return self.call.workflow.jobs[self.name]

    @property
    def run(self) -> Run:
        return self.call.run

    @property
    def script(self) -> str:
        """All that its steps run."""
        return "\n".join(step.get("run", "") for step in self.content.get("steps", []))

    def is_within(self, other: object) -> bool:
        return other in (self.run, self.call) or self.call.is_within(other)


def together(results: list[str]) -> str:
    """Of a matrix or of all jobs of a workflow."""
    worst = ("failure", "cancelled", "success")
    return next((result for result in worst if result in results), "skipped")
