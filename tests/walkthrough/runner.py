"""An event's workflows, job by job: which run, which are skipped, and how each ended."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rehearsal.calls import exceeding
from tests.walkthrough import machine, workflows
from tests.walkthrough.expressions import ExpressionError, condition, filled
from tests.walkthrough.job import Cancellation, Job
from tests.walkthrough.machine import Machine, World
from tests.walkthrough.workflows import Event, Map, Workflow, WorkflowError


@dataclass
class Ended:
    """How a job ended: success, failure, cancelled or skipped, and why."""

    result: str
    why: str = ""
    outputs: Map = field(default_factory=dict[str, Any])
    errors: list[str] = field(default_factory=list[str])
    summary: str = ""


@dataclass
class Run:
    """How the jobs of an event ended, by `workflow/job`; of a called workflow `.../its job`, of a
    matrix `... (values)`."""

    jobs: dict[str, Ended] = field(default_factory=dict[str, Ended])
    artifacts: dict[str, Path] = field(default_factory=dict[str, Path])
    cancellation: Cancellation | None = None

    def ending(self, result: str) -> set[str]:
        return {name for name, ended in self.jobs.items() if ended.result == result}

    def kept(self, *names: str) -> dict[str, Ended]:
        """Some of the jobs, to reuse in another run."""
        return {name: self.jobs[name] for name in names}

    @property
    def failures(self) -> str:
        """The failures as text; empty where there are none. A called job fails with its caller."""
        failed = (ended.why for ended in self.jobs.values() if ended.result == "failure")
        return "\n\n".join(dict.fromkeys(failed))

    @property
    def errors(self) -> list[str]:
        """Messages of `::error`, whether or not the step failed."""
        return [text for ended in self.jobs.values() for text in ended.errors]


@dataclass
class Walker:
    world: World

    def walk(
        self,
        event: Event,
        only: Collection[str] = (),
        standing: Mapping[str, Ended] | None = None,
    ) -> Run:
        """All workflows that the event starts, or `only` these files'. `standing` are jobs that ran
        already: they are not run again."""
        run = Run(dict(standing or {}))
        self.world.clone.freshen(event.commit)
        for workflow in workflows.read_all(self.world.clone.path):
            if workflow.is_started_by(event) and (not only or workflow.file in only):
                passed = event.payload.get("inputs", {})
                inputs = workflow.inputs(event.name, passed) if passed else {}
                self._begin(workflow, event, run, inputs)
        return run

    def call(
        self,
        file: str,
        event: Event,
        inputs: Map,
        artifacts: Mapping[str, Path],
        cancellation: Cancellation | None = None,
    ) -> Run:
        """A reusable workflow alone, as a job with all permissions calls it."""
        run = Run(artifacts=dict(artifacts), cancellation=cancellation)
        self.world.clone.freshen(event.commit)
        called = workflows.read(self.world.clone.path, file)
        self._begin(called, event, run, called.inputs("workflow_call", inputs))
        return run

    def _begin(self, workflow: Workflow, event: Event, run: Run, inputs: Map) -> None:
        self.world.say(f"{event.name}: {workflow.file}")
        _Walk(self.world, event, run, workflow, Path(workflow.file).stem, inputs).jobs()


@dataclass(frozen=True)
class _Walk:
    """One workflow of an event. `path`: its name; `limits`: the permissions of the job that calls
    it, or None."""

    world: World
    event: Event
    run: Run
    workflow: Workflow
    path: str
    inputs: Map
    limits: Map | None = None

    def jobs(self) -> dict[str, Ended]:
        done = dict[str, Ended]()
        for name in self.workflow.ordered():
            where = f"{self.path}/{name}"
            if where in self.run.jobs:
                self.world.say(f"stands    {where}: {self.run.jobs[where].result} as before")
            else:
                ended = self.run.jobs[where] = self._job(name, where, done)
                self.world.say(f"{ended.result:9} {where} {ended.why.partition(chr(10))[0]}")
            done[name] = self.run.jobs[where]
        return done

    def _job(self, name: str, where: str, done: Mapping[str, Ended]) -> Ended:
        job, names = self.workflow.jobs[name], self._names(name, done)
        try:
            if not condition(job.get("if"), names):
                reasons = (done[other].why for other in self.workflow.needs(name))
                return Ended("skipped", "" if names["success"] else next(filter(None, reasons), ""))
            matrix = filled((job.get("strategy") or {}).get("matrix"), names)
            ended = [
                self._variant(name, f"{where}{_label(variant)}", {**names, "matrix": variant})
                for variant in workflows.variants(matrix)
            ]
        except (ExpressionError, WorkflowError) as error:
            return Ended("failure", f"{where}: {error}")
        return _together(ended)

    def _names(self, name: str, done: Mapping[str, Ended]) -> dict[str, Any]:
        """`success()` covers all jobs before it in the chain, not only its `needs`."""
        before = [done[other].result for other in self.workflow.ancestors(name)]
        return {
            "github": machine.github(self.world, self.event, self.workflow.content["name"]),
            "inputs": self.inputs,
            "vars": self.world.variables(""),
            "needs": {other: _need(done[other]) for other in self.workflow.needs(name)},
            "success": all(result == "success" for result in before),
            "failure": "failure" in before,
            "cancelled": False,
        }

    def _variant(self, name: str, where: str, names: dict[str, Any]) -> Ended:
        self._must_be_allowed(name, where)
        if "uses" in self.workflow.jobs[name]:
            return self._called(name, where, names)
        begun = time.monotonic()
        ended = self._run(name, where, names)
        self.world.say(f"          {where}: {time.monotonic() - begun:.0f} s")
        return ended

    def _run(self, name: str, where: str, names: dict[str, Any]) -> Ended:
        """On a fresh machine."""
        job, workflow = self.workflow.jobs[name], self.workflow
        environment = filled(workflow.environment(name), names)
        if environment:
            self.world.say(f"          {where}: environment {environment}, whose rules apply there")
        names = {**names, "vars": self.world.variables(environment)}
        permissions, title = workflow.permissions(name), workflow.content["name"]
        own = Machine(self.world, self.event, title, permissions, self.run.artifacts)
        running = Job(own, where, names, self.run.cancellation)
        variables = filled({**workflow.content.get("env", {}), **job.get("env", {})}, names)
        steps = running.run(job["steps"], variables, filled(workflow.run_defaults(name), names))
        if own.missing:
            return Ended("skipped", own.missing)
        if running.is_cancelled:
            return Ended("cancelled", running.failure, errors=running.errors)
        if running.failure:
            return Ended("failure", running.failure, errors=running.errors)
        outputs = filled(job.get("outputs", {}), {**names, "steps": steps})
        return Ended("success", "", outputs, running.errors, running.summary)

    def _called(self, name: str, where: str, names: dict[str, Any]) -> Ended:
        job = self.workflow.jobs[name]
        called = workflows.read(self.world.clone.path, job["uses"])
        inputs = called.inputs("workflow_call", filled(job.get("with", {}), names))
        limits = self.workflow.permissions(name)
        done = _Walk(self.world, self.event, self.run, called, where, inputs, limits).jobs()
        ended = _together(list(done.values()))
        jobs = {name: _need(one) for name, one in done.items()}
        ended.outputs = filled(called.outputs(), {**names, "jobs": jobs, "inputs": inputs})
        return ended

    def _must_be_allowed(self, name: str, where: str) -> None:
        """GitHub starts no workflow that requests more permissions than its caller has."""
        if more := exceeding(self.workflow.permissions(name), self.limits):
            raise WorkflowError(f"{where}: its caller has no {', '.join(more)} to give")


def _need(ended: Ended) -> dict[str, Any]:
    return {"result": ended.result, "outputs": ended.outputs}


def _label(variant: Map) -> str:
    """Digests cut short."""
    text = ", ".join(map(str, variant.values()))
    return re.sub(r"(sha256:.{7})[0-9a-f]+", r"\1", f" ({text})") if variant else ""


def _together(ended: list[Ended]) -> Ended:
    """The result of a matrix or a called workflow: one failure fails it, one skip skips it."""
    results = [one.result for one in ended]
    worst = ("failure", "cancelled", "skipped", "success")
    whole = next((result for result in worst if result in results), "skipped")
    if whole == "skipped" and not any(one.why for one in ended) and "success" in results:
        whole = "success"
    why = "\n\n".join(dict.fromkeys(one.why for one in ended if one.why))
    outputs = {k: v for one in ended for k, v in one.outputs.items() if v not in (None, "")}
    errors = [text for one in ended for text in one.errors]
    return Ended(whole, why, outputs, errors, "".join(one.summary for one in ended))
