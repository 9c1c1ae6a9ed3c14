"""Reads workflow files: triggers, the order of jobs, their matrices.

Source: GitHub Docs, "Workflow syntax for GitHub Actions".
"""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

Map = Mapping[str, Any]

FOLDER = Path(".github/workflows")
PULL_REQUEST_TYPES = ("opened", "synchronize", "reopened")
# Whatever else a job or step says is an error: it would be passed over in silence.
JOB_KEYS = frozenset(
    {"concurrency", "defaults", "env", "environment", "if", "name", "needs", "outputs"}
    | {"permissions", "runs-on", "secrets", "steps", "strategy", "timeout-minutes", "uses", "with"}
)
STEP_KEYS = frozenset(
    {"continue-on-error", "env", "id", "if", "name", "run", "shell", "timeout-minutes", "uses"}
    | {"with", "working-directory"}
)


class WorkflowError(Exception):
    """The file is wrong, or uses a key that is not supported here."""


@dataclass(frozen=True)
class Event:
    """An event: its name, its payload, and the commit that the jobs check out."""

    name: str
    commit: str
    payload: Map
    ref: str = "refs/heads/main"


@dataclass(frozen=True)
class Workflow:
    file: str
    content: Map

    @property
    def jobs(self) -> Map:
        return self.content["jobs"]

    @property
    def triggers(self) -> Map:
        """YAML 1.1 parses the key `on` as true."""
        found: Any = cast(Any, self.content).get("on", cast(Any, self.content).get(True))
        if isinstance(found, str):
            return {found: None}
        return dict.fromkeys(cast(list[str], found)) if isinstance(found, list) else found

    def is_started_by(self, event: Event) -> bool:
        if event.name not in self.triggers:
            return False
        asked: Map = self.triggers[event.name] or {}
        if event.name == "schedule":
            return True
        unknown = asked.keys() - {"branches", "inputs", "types"}
        if unknown:
            raise WorkflowError(f"{self.file}: on.{event.name}: {', '.join(unknown)} is not known")
        if event.name == "pull_request":
            types = asked.get("types") or PULL_REQUEST_TYPES
            return event.payload["action"] in types and _on_branch(asked, event.payload)
        return not asked.get("branches") or _matches(asked["branches"], event.ref[11:])

    def inputs(self, trigger: str, passed: Map) -> dict[str, Any]:
        """The passed inputs, and the defaults of the others.

        Errors: WorkflowError for one that is missing, unknown or no choice.
        """
        declared: Map = (self.triggers.get(trigger) or {}).get("inputs") or {}
        problems = [f"{name} is no input" for name in passed.keys() - declared.keys()]
        for name, said in declared.items():
            if said.get("required") and name not in passed:
                problems.append(f"{name} is missing")
            if "options" in said and name in passed and passed[name] not in said["options"]:
                problems.append(f"{name} is none of {', '.join(said['options'])}")
        if problems:
            raise WorkflowError(f"{self.file}, {trigger}: {'; '.join(problems)}")
        empty = {"boolean": False, "number": 0}
        return {
            name: passed.get(name, said.get("default", empty.get(said["type"], "")))
            for name, said in declared.items()
        }

    def outputs(self) -> dict[str, str]:
        """Those of a called workflow, as expressions."""
        declared: Map = (self.triggers.get("workflow_call") or {}).get("outputs") or {}
        return {name: said["value"] for name, said in declared.items()}

    def run_defaults(self, job: str) -> dict[str, str]:
        """Of `run:` steps: the job's go before the workflow's."""
        holders = (self.content, self.jobs[job])
        return {k: v for h in holders for k, v in (h.get("defaults") or {}).get("run", {}).items()}

    def permissions(self, job: str) -> Map:
        return self.jobs[job].get("permissions", self.content.get("permissions", {}))

    def environment(self, job: str) -> str:
        """The name of GitHub's environment, or an expression; empty where there is none."""
        found = self.jobs[job].get("environment") or ""
        return found if isinstance(found, str) else found["name"]

    def ordered(self) -> list[str]:
        """The jobs, each after those that it needs."""
        done = list[str]()
        while len(done) < len(self.jobs):
            ready = [j for j in self.jobs if j not in done and set(self.needs(j)) <= set(done)]
            if not ready:
                raise WorkflowError(f"{self.file}: jobs need each other, or one that is not there")
            done += ready
        return done

    def needs(self, job: str) -> list[str]:
        found = self.jobs[job].get("needs") or []
        return [found] if isinstance(found, str) else found

    def ancestors(self, job: str) -> set[str]:
        """All jobs that the job needs, directly or indirectly."""
        direct = self.needs(job)
        return set(direct).union(*(self.ancestors(other) for other in direct))


def read_all(root: Path) -> list[Workflow]:
    return [read(root, file) for file in sorted((root / FOLDER).glob("*.yml"))]


def read(root: Path, file: Path | str) -> Workflow:
    path = root / FOLDER / Path(file).name
    found = Workflow(path.name, _parsed(path.read_text(encoding="utf-8")))
    for name, job in found.jobs.items():
        _must_be_known(job, JOB_KEYS, f"{path.name}, job {name}")
        for step in job.get("steps", []):
            _must_be_known(step, STEP_KEYS, f"{path.name}, job {name}, step {title(step)!r}")
    return found


@cache
def _parsed(text: str) -> Map:
    return yaml.safe_load(text)


def read_action(root: Path, folder: str) -> Map:
    """A composite action of this repository."""
    content = yaml.safe_load((root / folder / "action.yml").read_text(encoding="utf-8"))
    if content["runs"]["using"] != "composite":
        raise WorkflowError(f"{folder}: is no composite action")
    for step in content["runs"]["steps"]:
        _must_be_known(step, STEP_KEYS, f"{folder}, step {title(step)!r}")
    return content


def title(step: Map) -> str:
    """A step's name as GitHub shows it."""
    text = step.get("name") or step.get("run") or str(step.get("uses")).partition("@")[0]
    return str(text).strip().partition("\n")[0]


def variants(matrix: Map | None) -> Iterator[dict[str, Any]]:
    """Each combination of the matrix's lists; with `include` those that it adds. A job without a
    matrix has one, which is empty.

    Errors: WorkflowError for a list that is empty.
    """
    if matrix is None:
        yield {}
        return
    axes = {key: value for key, value in matrix.items() if key != "include"}
    empty = [key for key, value in axes.items() if not value]
    if empty:
        raise WorkflowError(f"matrix {', '.join(empty)} has no values")
    combinations = [
        dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()) if axes
    ]
    for extra in matrix.get("include") or []:
        fits = [one for one in combinations if all(one.get(k, v) == v for k, v in extra.items())]
        if axes and fits and any(key in extra for key in axes):
            for one in fits:
                one.update(extra)
        else:
            combinations.append(dict(extra))
    yield from combinations


def _on_branch(asked: Map, payload: Map) -> bool:
    base = payload["pull_request"]["base"]["ref"]
    return not asked.get("branches") or _matches(asked["branches"], base)


def _matches(patterns: list[str], branch: str) -> bool:
    return any(fnmatch.fnmatchcase(branch, pattern) for pattern in patterns)


def _must_be_known(holder: Map, known: frozenset[str], where: str) -> None:
    unknown = sorted(holder.keys() - known)
    if unknown:
        raise WorkflowError(f"{where}: {', '.join(unknown)} is not supported here")
