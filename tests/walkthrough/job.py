"""One job, step by step, as a runner would run it on a fresh machine."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rehearsal import signals
from tests.walkthrough import actions, workflows
from tests.walkthrough.actions import ActionError
from tests.walkthrough.expressions import ExpressionError, as_text, condition, filled
from tests.walkthrough.machine import Machine
from tests.walkthrough.shortened import shortened
from tests.walkthrough.workflows import Map, WorkflowError, title

LAST_LINES = 40
STEP_SECONDS = 1200
SHELLS = {"": ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}
WHERE = ("shell", "working-directory")
COMMAND_FILES = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")


@dataclass(frozen=True)
class Scope:
    """What the steps of a job, or of a composite action, share. `more` are contexts of its own,
    `done` is the context `steps`."""

    environment: Map
    defaults: Map
    more: Map
    done: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass
class Cancellation:
    """The run is cancelled while the step of this title runs, once the event is set."""

    step: str
    when: threading.Event
    has_come: bool = False


@dataclass
class Job:
    """`names` are the contexts that do not change. Afterwards `failure` says what failed and where,
    `errors` what steps announced as errors, though they may have ended well."""

    machine: Machine
    where: str
    names: Mapping[str, Any]
    cancellation: Cancellation | None = None
    failure: str = ""
    errors: list[str] = field(default_factory=list[str])
    summary: str = ""
    _scripts: int = 0
    _title: str = ""
    """Of the step that runs."""
    _left: list[subprocess.Popen[bytes]] = field(default_factory=list[Any])
    """What a cancelled step may have left running."""

    @property
    def is_cancelled(self) -> bool:
        return self.cancellation is not None and self.cancellation.has_come

    def run(self, steps: list[Map], environment: Map, defaults: Map) -> dict[str, Any]:
        """The context `steps` in the end. `defaults` are those of `run:` steps."""
        runner = {"os": "Linux", "arch": "X64", "temp": str(self.machine.temporary)}
        scope = Scope(environment, defaults, {"runner": runner})
        for step in steps:
            if not self.machine.missing:
                self._title = title(step)
                self._step(step, scope)
        for process in self._left:
            signals.end_session(process)
        return scope.done

    def _step(self, step: Map, scope: Scope) -> None:
        begun = time.monotonic()
        outputs, outcome, said = dict[str, str](), "skipped", ""
        names, was_cancelled = self._names(step, scope), self.is_cancelled
        try:
            if condition(step.get("if"), names):
                outputs, said = self._done(step, names, scope)
                outcome = "failure" if said else "success"
            if self.is_cancelled and not was_cancelled:
                outcome, said = "cancelled", ""
        except (ActionError, ExpressionError, WorkflowError, OSError) as error:
            outcome, said = "failure", str(error)
        self._conclude(step, scope, outputs, outcome, said)
        took = time.monotonic() - begun
        self.machine.world.say(f"  {outcome:8} {self.where}: {title(step)[:70]} ({took:.1f} s)")

    def _names(self, step: Map, scope: Scope) -> dict[str, Any]:
        env = {**self.machine.environment, **scope.environment}
        names = {
            **self.names,
            **scope.more,
            "github": self.machine.github(),
            "steps": scope.done,
            "env": env,
            "success": not self.failure and not self.is_cancelled,
            "failure": bool(self.failure) and not self.is_cancelled,
            "cancelled": self.is_cancelled,
        }
        return {**names, "env": {**env, **filled(step.get("env", {}), names)}}

    def _conclude(self, step: Map, scope: Scope, outputs: Map, outcome: str, said: str) -> None:
        forgiven = outcome == "failure" and step.get("continue-on-error") is True
        if outcome == "failure" and not forgiven and not self.failure:
            self.failure = f"{self.where}, step {title(step)!r} failed: {said}"
        if "id" in step:
            conclusion = "success" if forgiven else outcome
            ended = {"outputs": outputs, "outcome": outcome, "conclusion": conclusion}
            scope.done[step["id"]] = ended

    def _done(self, step: Map, names: dict[str, Any], scope: Scope) -> tuple[dict[str, str], str]:
        """The step's outputs, and what it said if it failed."""
        own = {**scope.environment, **filled(step.get("env", {}), names)}
        inputs, used = filled(step.get("with", {}), names), str(step.get("uses", ""))
        if used.startswith("./"):
            return self._composite(used, inputs, own), ""
        if used:
            actions.run(self.machine, used, {key: as_text(v) for key, v in inputs.items()})
            return {}, ""
        where = {**scope.defaults, **filled({k: step[k] for k in WHERE if k in step}, names)}
        return self._script(filled(step["run"], names), own, where)

    def _composite(self, folder: str, passed: Map, environment: Map) -> dict[str, str]:
        """Its status is that of its own steps."""
        action = workflows.read_action(self.machine.workspace, folder)
        declared: Map = action.get("inputs") or {}
        if unknown := passed.keys() - declared.keys():
            raise ActionError(f"{folder} has no input {', '.join(sorted(unknown))}")
        inputs = {
            name: passed.get(name, said.get("default", "")) for name, said in declared.items()
        }
        scope = Scope(environment, {}, {"inputs": inputs})
        before, self.failure = self.failure, ""
        for step in action["runs"]["steps"]:
            self._step(step, scope)
        said, self.failure = self.failure, before
        if said:
            raise ActionError(said)
        outputs = {name: said["value"] for name, said in (action.get("outputs") or {}).items()}
        return filled(outputs, self._names({}, scope))

    def _script(self, script: str, environment: Map, where: Map) -> tuple[dict[str, str], str]:
        shell = where.get("shell", "")
        if shell not in SHELLS:
            raise ActionError(f"shell {shell} is not supported here")
        self._scripts += 1
        own = self.machine.temporary / f"step-{self._scripts}"
        own.mkdir()
        (own / "script").write_text(shortened(script))
        files = {name: own / name.lower() for name in COMMAND_FILES}
        for file in files.values():
            file.touch()
        variables = {
            **self.machine.variables(),
            **{name: as_text(value) for name, value in environment.items()},
            **{name: str(file) for name, file in files.items()},
        }
        folder = self.machine.workspace / where.get("working-directory", "")
        code = self._process([*SHELLS[shell], str(own / "script")], folder, variables, own)
        said = (own / "output").read_text(encoding="utf-8", errors="replace")
        self.errors += re.findall(r"^::error[^:]*::(.*)", said, re.MULTILINE)
        return self._taken(files), _failure(script, code, said) if code else ""

    def _process(
        self, command: list[str], folder: Path, variables: Mapping[str, str], own: Path
    ) -> int:
        """Processes that the step started end with it; those that a cancelled one leaves, with the
        job."""
        with (own / "output").open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                return self._waited(process)
            finally:
                if process not in self._left:
                    signals.end_session(process)

    def _waited(self, process: subprocess.Popen[bytes]) -> int:
        """Its exit code."""
        comes = self.cancellation
        if comes is None or comes.has_come or comes.step != self._title:
            return _end(process)
        while not comes.when.wait(0.1):
            if process.poll() is not None:
                return process.returncode
        comes.has_come = True
        signals.cancel(process)
        self._left.append(process)
        return process.returncode

    def _taken(self, files: Mapping[str, Path]) -> dict[str, str]:
        """Applies what the script wrote for later steps; returns its outputs."""
        self.machine.environment |= _pairs(files["GITHUB_ENV"])
        self.machine.paths[:0] = reversed(files["GITHUB_PATH"].read_text().split())
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        return _pairs(files["GITHUB_OUTPUT"])


def _end(process: subprocess.Popen[bytes]) -> int:
    """Its exit code, once it has ended by itself."""
    try:
        return process.wait(STEP_SECONDS)
    except subprocess.TimeoutExpired:
        return 124


def _failure(script: str, code: int, said: str) -> str:
    lines = [f"exit code {code}", *(f"  $ {line}" for line in script.strip().splitlines())]
    last = said.rstrip().splitlines()[-LAST_LINES:]
    return "\n".join([*lines, "its last lines:", *(f"  | {line}" for line in last)])


def _pairs(file: Path) -> dict[str, str]:
    """NAME=value, or NAME<<WORD and lines until WORD."""
    found, lines = dict[str, str](), iter(file.read_text().splitlines())
    for line in lines:
        if many := re.fullmatch(r"([\w-]+)<<(.+)", line):
            found[many[1]] = "\n".join(iter(lambda: next(lines), many[2]))
        elif "=" in line:
            name, _, value = line.partition("=")
            found[name] = value
        elif line:
            raise ActionError(f"{file.name} takes no line {line!r}")
    return found
