"""GitHub, as far as it decides which jobs run and when, on a clock that is set by hand.

Jobs run nothing: `work` says how each ends. The order in which a job's hurdles come: its `if:`,
without which it joins no concurrency group; its group; its environment's rules, for which it waits
holding the group (github.com/orgs/community/discussions/17401: a job that waits for an approval
makes the next one of its group pending; so does a waiting run, elizaOS/eliza#18092); a runner.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rehearsal import calls, cancellation, concurrency, limits
from tests.rehearsal.concurrency import Ask, Groups
from tests.rehearsal.environments import Settings
from tests.rehearsal.run import ENDED, Call, Job, Run, together
from tests.walkthrough import workflows
from tests.walkthrough.expressions import ExpressionError, condition, filled
from tests.walkthrough.workflows import Event, Map, Workflow, WorkflowError

ACTOR = 1
Member = Run | Call | Job


@dataclass(frozen=True)
class Work:
    """What a job does: how long it takes, how it ends, and its outputs."""

    minutes: float = 5.0
    result: str = "success"
    outputs: Map = field(default_factory=dict[str, Any])


@dataclass
class Hub:
    """`root`: a folder with .github/workflows. `now`: minutes since the beginning."""

    root: Path
    settings: Settings
    work: Callable[[Job], Work] = lambda _: Work()
    now: float = 0.0
    runs: list[Run] = field(default_factory=list[Run])
    begun: list[Job] = field(default_factory=list[Job])
    """Jobs by the order in which runners took them."""
    finished: list[Job] = field(default_factory=list[Job])
    _groups: Groups[Any] = field(default_factory=Groups[Any])
    _later: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list[Any])
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def send(self, event: Event, *files: str, actor: int = ACTOR) -> list[Run]:
        """The runs that the event starts; with `files` only those of these workflows."""
        started = [
            self._begin(workflow, event, actor)
            for workflow in workflows.read_all(self.root)
            if workflow.is_started_by(event) and (not files or workflow.file in files)
        ]
        self._settle()
        return started

    def rerun(self, run: Run, *, only_failed: bool = False) -> Run:
        """The same commit and ref, the actor's rights, and the workflow as it was ("Re-running
        workflows and jobs")."""
        again = Run(
            len(self.runs) + 1, run.event, run.workflow, run.inputs, run.actor, run.attempt + 1
        )
        if only_failed:
            again.standing = {job.where: job for job in run.jobs if job.result == "success"}
        self._enter_run(again)
        self._settle()
        return again

    def approve(self, job: Job, reviewer: int) -> None:
        rules = self.settings.rules(job.environment)
        if job.state != "waiting" or not rules.may_approve(reviewer, job.run.actor):
            raise WorkflowError(f"{reviewer} may not approve {job.where}, which is {job.state}")
        self._start(job)
        self._settle()

    def reject(self, job: Job) -> None:
        self._end(job, "failure", "rejected")
        self._settle()

    def cancel(self, run: Run) -> None:
        self._cancel_run(run, "by hand")
        self._settle()

    def advance(self, minutes: float) -> None:
        """Lets time pass."""
        until = self.now + minutes
        while self._later and self._later[0][0] <= until:
            self.now, _, happens = heapq.heappop(self._later)
            happens()
            self._settle()
        self.now = until

    def _after(self, minutes: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._later, (self.now + minutes, next(self._numbers), happens))

    def _begin(self, workflow: Workflow, event: Event, actor: int) -> Run:
        passed = event.payload.get("inputs", {})
        inputs = workflow.inputs(event.name, passed) if passed else {}
        run = Run(len(self.runs) + 1, event, workflow, inputs, actor)
        self._enter_run(run)
        return run

    def _enter_run(self, run: Run) -> None:
        self.runs.append(run)
        names = {"github": run.github(), "inputs": run.inputs, "vars": self.settings.variables}
        refused = calls.problems(self.root, run.workflow)
        asks = run.workflow.content.get("concurrency")
        ask = concurrency.asked(asks, names, concurrency.OF_WORKFLOWS)
        if refused:
            run.state, run.result, run.why = ENDED, "failure", "\n".join(refused)
        elif self._admitted(run, ask):
            self._start_run(run)
        self._after(limits.RUN, lambda: self._cancel_run(run, "it took 35 days"))

    def _start_run(self, run: Run) -> None:
        run.state = "running"
        run.calls.append(Call(run, run.workflow, Path(run.workflow.file).stem, run.inputs))

    def _admitted(self, member: Member, ask: Ask) -> bool:
        """Whether it goes on at once: it has no group, or holds it."""
        if not ask.group:
            return True
        entry = self._groups.enter(member, ask)
        for other in [*entry.replaced, *([entry.stopped] if entry.stopped else [])]:
            self._stop(other, "a newer one has its concurrency group")
        if not entry.holds:
            member.state = "pending"
        if entry.refused:
            self._stop(member, entry.refused)
        return entry.holds

    def _settle(self) -> None:
        """Whatever can happen now."""
        while any(self._turn(call) for run in self.runs for call in list(run.calls)):
            pass

    def _turn(self, call: Call) -> bool:
        """Whether something has happened."""
        ended = call.run if call.caller is None else call.caller
        if call.state != "running" or ended.state == ENDED:
            return False
        ready = [
            name
            for name in call.workflow.jobs
            if name not in call.jobs
            if not call.workflow.needs(name) or call.has_ended(*call.workflow.needs(name))
        ]
        for name in ready:
            self._decide(call, name)
        if not ready and call.has_ended():
            self._conclude(call)
            return True
        return bool(ready)

    def _conclude(self, call: Call) -> None:
        result = together([job.result for jobs in call.jobs.values() for job in jobs])
        if call.caller is not None:
            jobs = {name: call.need(name) for name in call.jobs}
            names = {**call.caller.names, "jobs": jobs, "inputs": call.inputs}
            call.caller.outputs = filled(call.workflow.outputs(), names)
            self._leave(call)
            self._end(call.caller, result)
            return
        run, result = call.run, "success" if result == "skipped" else result
        run.state, run.result = ENDED, "cancelled" if run.is_cancelled else result
        self._leave(run)

    def _decide(self, call: Call, name: str) -> None:
        where, jobs = f"{call.path}/{name}", list[Job]()
        call.jobs[name] = jobs
        names = self._names(call, name)
        plain = Job(call, name, where, names)
        if where in call.run.standing:
            before = call.run.standing[where]
            jobs.append(plain)
            plain.state, plain.result, plain.outputs = ENDED, before.result, before.outputs
            return
        content = call.workflow.jobs[name]
        try:
            if not condition(content.get("if"), names):
                jobs.append(plain)
                plain.state, plain.result = ENDED, "skipped"
                return
            matrix = filled((content.get("strategy") or {}).get("matrix"), names)
            variants = list(workflows.variants(matrix))
        except (ExpressionError, WorkflowError) as error:
            jobs.append(plain)
            plain.state, plain.result, plain.why = ENDED, "failure", str(error)
            return
        for variant in variants:
            label = f" ({', '.join(map(str, variant.values()))})" if variant else ""
            jobs.append(Job(call, name, where + label, {**names, "matrix": variant}))
        for job in jobs:
            self._enter(job)

    def _names(self, call: Call, name: str) -> dict[str, Any]:
        before = [call.need(other)["result"] for other in call.workflow.ancestors(name)]
        stopped = call.run.is_cancelled
        return {
            "github": call.run.github(),
            "inputs": call.inputs,
            "vars": self.settings.variables,
            "needs": {other: call.need(other) for other in call.workflow.needs(name)},
            "success": not stopped and all(result == "success" for result in before),
            "failure": not stopped and "failure" in before,
            "cancelled": stopped,
        }

    def _enter(self, job: Job) -> None:
        asks = job.content.get("concurrency")
        ask = concurrency.asked(asks, job.names, concurrency.OF_JOBS)
        if self._admitted(job, ask):
            self._protect(job)

    def _protect(self, job: Job) -> None:
        """By the rules of its environment."""
        job.environment = filled(job.call.workflow.environment(job.name), job.names)
        if not job.environment:
            return self._start(job)
        if refusal := self.settings.refusal(job.environment, job.run.event.ref):
            return self._end(job, "failure", refusal)
        if not self.settings.rules(job.environment).reviewers:
            return self._start(job)
        job.state = "waiting"
        return self._after(limits.APPROVAL, lambda: self._unanswered(job))

    def _unanswered(self, job: Job) -> None:
        if job.state == "waiting":
            self._end(job, "failure", "not approved within 30 days")

    def _start(self, job: Job) -> None:
        if "uses" in job.content:
            return self._call(job)
        self.begun.append(job)
        job.state = "running"
        most, ends = limits.of_job(job.content)
        work = self.work(job)
        job.outputs = work.outputs
        result, minutes = (work.result, work.minutes) if work.minutes <= most else (ends, most)
        return self._after(minutes, lambda: self._end(job, result))

    def _call(self, job: Job) -> None:
        job.state = "calling"
        called = workflows.read(self.root, job.content["uses"])
        inputs = called.inputs("workflow_call", filled(job.content.get("with", {}), job.names))
        call = Call(job.run, called, job.where, inputs, job)
        job.run.calls.append(call)
        names = {"github": job.run.github(), "inputs": inputs, "vars": self.settings.variables}
        asks = called.content.get("concurrency")
        self._admitted(call, concurrency.asked(asks, names, concurrency.OF_WORKFLOWS))

    def _end(self, job: Job, result: str, why: str = "") -> None:
        if job.state == ENDED:
            return
        job.state, job.result, job.why = ENDED, result, why
        self.finished.append(job)
        self._leave(job)
        if result == "failure" and (job.content.get("strategy") or {}).get("fail-fast", True):
            for other in job.call.jobs[job.name]:
                self._stop(other, f"{job.where} failed")

    def _leave(self, member: Member) -> None:
        for admitted in self._groups.leave(member):
            if isinstance(admitted, Run):
                self._start_run(admitted)
            elif isinstance(admitted, Call):
                admitted.state = "running"
            else:
                self._protect(admitted)

    def _stop(self, member: Member, why: str) -> None:
        if isinstance(member, Run):
            self._cancel_run(member, why)
        elif isinstance(member, Call):
            self._stop_call(member, why)
        elif member.state == "calling":
            for call in [call for call in member.run.calls if call.caller is member]:
                self._stop_call(call, why)
        elif member.state == "running":
            minutes = limits.CANCELLATION if cancellation.may_go_on(member.content) else 0.0
            self._after(minutes, lambda: self._end(member, "cancelled", why))
        elif member.state != ENDED:
            self._end(member, "cancelled", why)

    def _stop_call(self, call: Call, why: str) -> None:
        if call.state == "pending" and call.caller is not None:
            self._leave(call)
            self._end(call.caller, "cancelled", why)
        for jobs in list(call.jobs.values()):
            for job in jobs:
                self._stop(job, why)

    def _cancel_run(self, run: Run, why: str) -> None:
        if run.state == ENDED:
            return
        run.is_cancelled, run.why = True, why
        if run.state == "pending":
            run.state, run.result = ENDED, "cancelled"
            self._leave(run)
            return
        for job in list(run.jobs):
            if job.state not in ("calling", ENDED) and not cancellation.goes_on(
                job.content, job.names
            ):
                self._stop(job, why)
