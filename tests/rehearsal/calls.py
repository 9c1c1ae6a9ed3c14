"""What GitHub refuses of workflows that call others, before any job runs.

Sources: GitHub Docs, "Reusing workflow configurations": the keywords of a calling job; permissions
are kept or lowered from level to level, never raised; four levels and 20 called workflows on GitHub
Enterprise Server, the least. "Reuse workflows": secrets are passed by name or inherited. "Workflow
syntax for GitHub Actions", permissions: what is not named is `none` once one is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.walkthrough import workflows
from tests.walkthrough.workflows import Map, Workflow, WorkflowError

LEVELS = ("none", "read", "write")
DEEPEST, MOST = 4, 20
OF_CALLS = frozenset(
    {"name", "uses", "with", "secrets", "strategy", "needs", "if", "concurrency", "permissions"}
)


def problems(root: Path, workflow: Workflow) -> list[str]:
    """Each is a startup failure of the run."""
    found = list(_of_jobs(root, workflow, workflow.file, None, 1))
    called = set(_called(root, workflow))
    if len(called) > MOST:
        found.append(f"{workflow.file} calls {len(called)} workflows, more than {MOST}")
    return found


def exceeding(asked: Mapping[str, str], granted: Mapping[str, str] | None) -> list[str]:
    """The permissions that a caller has not to give; None: it is no caller, and has all."""
    return [
        f"{what}: {right}"
        for what, right in asked.items()
        if granted is not None and LEVELS.index(right) > LEVELS.index(granted.get(what, "none"))
    ]


def _of_jobs(
    root: Path, workflow: Workflow, path: str, granted: Map | None, depth: int
) -> Iterator[str]:
    if depth > DEEPEST:
        yield f"{path} is called over more than {DEEPEST} levels"
        return
    for name, job in workflow.jobs.items():
        where, own = f"{path}/{name}", workflow.permissions(name)
        yield from (f"{where} asks for {one}" for one in exceeding(own, granted))
        if "uses" in job:
            yield from (f"{where} calls, and may not have {k}" for k in sorted({*job} - OF_CALLS))
            called = workflows.read(root, job["uses"])
            yield from _of_call(where, job, called)
            yield from _of_jobs(root, called, where, own, depth + 1)


def _of_call(where: str, job: Map, called: Workflow) -> Iterator[str]:
    if "workflow_call" not in called.triggers:
        yield f"{where}: {called.file} has no workflow_call"
        return
    try:
        called.inputs("workflow_call", job.get("with", {}))
    except WorkflowError as error:
        yield f"{where}: {error}"
    declared = (called.triggers["workflow_call"] or {}).get("secrets") or {}
    passed: Map | str = job.get("secrets", {})
    read = set(re.findall(r"\bsecrets\.(\w+)", str(called.content["jobs"]))) - {"GITHUB_TOKEN"}
    reached = read if passed == "inherit" else {*passed}
    yield from (f"{where}: the secret {name} is not passed" for name in sorted(read - reached))
    unknown = set[str]() if passed == "inherit" else {*passed} - declared.keys()
    yield from (f"{where}: {called.file} declares no secret {name}" for name in sorted(unknown))


def _called(root: Path, workflow: Workflow) -> Iterator[str]:
    for job in workflow.jobs.values():
        if "uses" in job:
            called = workflows.read(root, job["uses"])
            yield called.file
            yield from _called(root, called)
