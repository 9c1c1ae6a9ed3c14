"""SIMULATION, not AWS: engine 2. The real Pulumi CLI with simulated provider plugins.

Everything lives in the git-ignored .pulumi-local: the CLI's home, the state, and a project whose
stack files are copies with simulated secrets. The user's own stack file is only read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import yaml

from settings import stack_config, stack_file
from settings.project import PULUMI_INSTALLATION
from settings.stack_config import StackConfig
from simulation import provider
from simulation.cli import interrupted, local_files, running
from simulation.cli.updates import Log, messages
from simulation.inventory import Inventory
from simulation.plan import STEP_OPERATIONS, Plan, PlannedResource
from simulation.protocol import STACK, UNKNOWN
from simulation.stack_reference import image_digests
from simulation.wire import mask

PASSPHRASE = "simulation"  # noqa: S105 (it guards simulated values in local state)
_FLAGS = ("--non-interactive", "--skip-plugin-pre-install")
_IMPORT_FLAGS = ("--generate-code=false", "--protect=false", "--yes", "--non-interactive")
STATE = "the state in .pulumi-local"
_AWS_VARIABLES = ("PULUMI_BACKEND_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ROLE_ARN")


class EngineError(Exception):
    """The CLI ended with an error; the message is the CLI's."""


@dataclass(frozen=True)
class Cli:
    """Where the Pulumi CLI is, or why there is none."""

    path: Path | None
    reason: str = ""


def find_pulumi() -> Cli:
    """The CLI on PATH, or why there is none. Nothing is installed."""
    on_path = shutil.which("pulumi")
    if on_path:
        return Cli(Path(on_path))
    wanted = f"version {version('pulumi')}: {PULUMI_INSTALLATION}"
    return Cli(None, f"the Pulumi CLI is not on PATH. Install it, {wanted}")


def ignored(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Environment variables for AWS, which the simulation ignores."""
    return [name for name in _AWS_VARIABLES if environment.get(name)]


def preview(stack: str, project_dir: Path, pulumi: Path, policy_pack: Path | None = None) -> Plan:
    """The real engine's preview, as a plan."""
    with open_session(stack, project_dir, pulumi) as session:
        done = session.run("preview", "--json", "--show-sames", *_FLAGS, *_policies(policy_pack))
    try:
        events = [json.loads(line) for line in done.stdout.splitlines()]
    except json.JSONDecodeError:  # the CLI failed before its engine began
        raise EngineError((done.stderr or done.stdout).strip()) from None
    if done.returncode:
        raise EngineError("\n".join(messages(events, "error")) or done.stderr.strip())
    plan = _plan(stack, events)
    return replace(plan, against=STATE) if plan.before else plan


def up(
    stack: str,
    project_dir: Path,
    pulumi: Path,
    policy_pack: Path | None = None,
    log: Log | None = None,
) -> int:
    """Runs `pulumi up`, and returns its exit code. Its output is the terminal's, or in `log`; then
    it is without a preview, whose events would be lost in those of the update."""
    how = "--skip-preview" if log else "--yes"
    return _update(stack, project_dir, pulumi, log, "up", *_FLAGS, how, *_policies(policy_pack))


def refresh(stack: str, project_dir: Path, pulumi: Path, log: Log | None = None) -> int:
    """Runs `pulumi refresh`. What an interrupted update created is imported before, as
    docs/operations.md says."""
    with open_session(stack, project_dir, pulumi) as session:
        created = interrupted.created(
            state_path(stack, project_dir), Inventory(inventory_path(project_dir))
        )
        if created:
            file = session.directory / "import.json"
            session.run_checked("preview", "--import-file", str(file), *_FLAGS)
            interrupted.fill_in(file, created)
            session.run_checked("import", "--file", str(file), *_IMPORT_FLAGS)
        arguments = (*_FLAGS, "--clear-pending-creates", "--skip-preview")
        return session.update("refresh", *arguments, log=log)


def destroy(stack: str, project_dir: Path, pulumi: Path, log: Log | None = None) -> int:
    """Runs `pulumi destroy`."""
    flags = ("--non-interactive", "--skip-preview")
    return _update(stack, project_dir, pulumi, log, "destroy", *flags)


def log_of(stack: str, action: str, project_dir: Path) -> Log:
    """The files of the last `action` of a stack."""
    folder = local_folder(project_dir) / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return Log(folder / f"{stack}.{action}.log", folder / f"{stack}.{action}.events.jsonl")


def inventory_path(project_dir: Path) -> Path:
    """The file of the simulated resources that exist."""
    return local_folder(project_dir) / "inventory.jsonl"


def state_path(stack: str, project_dir: Path) -> Path:
    """The stack's state file in the local backend."""
    project = stack_file.project_name(project_dir)
    return local_folder(project_dir) / "state/.pulumi/stacks" / project / f"{stack}.json"


def _update(
    stack: str, project_dir: Path, pulumi: Path, log: Log | None, command: str, *arguments: str
) -> int:
    with open_session(stack, project_dir, pulumi) as session:
        return session.update(command, *arguments, log=log)


def local_folder(project_dir: Path) -> Path:
    """The folder of all that the engine keeps here."""
    return project_dir / ".pulumi-local"


def _policies(pack: Path | None) -> list[str]:
    return ["--policy-pack", str(pack)] if pack else []


@dataclass(frozen=True)
class Session:
    """The CLI in a temporary project of one stack: its folder and its environment."""

    pulumi: Path
    stack: str
    directory: Path
    environment: Mapping[str, str]

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Its output is that of the result."""
        return self._run(command, arguments, subprocess.PIPE, subprocess.PIPE)

    def update(self, command: str, *arguments: str, log: Log | None = None) -> int:
        """The exit code; the output is the terminal's, or in `log`."""
        if log is None:
            return self._run(command, arguments, None, None).returncode
        logged = (*arguments, "--event-log", str(log.events))
        with log.text.open("w", encoding="utf-8") as text:
            return self._run(command, logged, text, subprocess.STDOUT).returncode

    def _run(
        self,
        command: str,
        arguments: Sequence[str],
        stdout: int | IO[str] | None,
        stderr: int | None,
    ) -> subprocess.CompletedProcess[str]:
        return running.run(
            [str(self.pulumi), *command.split(), "--stack", self.stack, *arguments],
            cwd=self.directory,
            environment=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            interruptible=True,
        )

    def run_checked(self, command: str, *arguments: str) -> None:
        done = self.run(command, *arguments)
        if done.returncode:
            raise EngineError(f"pulumi {command}: {(done.stderr or done.stdout).strip()}")


@contextlib.contextmanager
def open_session(stack: str, project_dir: Path, pulumi: Path) -> Generator[Session]:
    """The session of a stack, while the simulated providers run."""
    project_dir = project_dir.resolve()
    config = stack_config.read(stack, project_dir)
    directory = local_folder(project_dir) / "project"
    for folder in (
        directory,
        local_folder(project_dir) / "state",
        local_folder(project_dir) / "home",
    ):
        folder.mkdir(parents=True, exist_ok=True)
    servers, ports = provider.serve(Inventory(inventory_path(project_dir)), project_dir)
    try:
        _write_project(project_dir, directory)
        session = Session(pulumi, stack, directory, _environment(project_dir, pulumi, ports))
        _prepare(session, project_dir, config)
        yield session
    finally:
        for server in servers:
            server.stop(grace=None)


def _environment(project_dir: Path, pulumi: Path, ports: str) -> dict[str, str]:
    local = local_folder(project_dir)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PULUMI_"))}
    return {
        **kept,
        "PATH": f"{pulumi.parent}{os.pathsep}{kept.get('PATH', '')}",
        "PULUMI_BACKEND_URL": f"file://{local / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_DEBUG_COMMANDS": "true",  # they know --event-log
        "PULUMI_DEBUG_PROVIDERS": ports,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
        "PULUMI_HOME": str(local / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def _write_project(project_dir: Path, directory: Path) -> None:
    """A copy of Pulumi.yaml that runs the program from its own folder."""
    project = stack_file.load(project_dir / "Pulumi.yaml")
    options = project["runtime"]["options"]
    options["virtualenv"] = str(project_dir / options["virtualenv"])
    project["main"] = str(project_dir)
    (directory / "Pulumi.yaml").write_text(yaml.safe_dump(project), encoding="utf-8")


def _prepare(session: Session, project_dir: Path, config: StackConfig) -> None:
    source = stack_file.find(session.stack, project_dir).read_bytes()
    digest = hashlib.sha256(source).hexdigest()
    seen = session.directory / f"{session.stack}.source"
    known = state_path(session.stack, project_dir).is_file()
    _release_stale_lock(session, project_dir)
    local_files.restore(state_path(session.stack, project_dir))
    if not (known and seen.is_file() and seen.read_text() == digest):
        _write_stack_file(session, config, known)
        seen.write_text(digest)
    _prepare_promoted(session, project_dir, config)


def _write_stack_file(session: Session, config: StackConfig, known: bool) -> None:
    path = stack_file.path_of(session.stack, session.directory)
    if not known:
        path.unlink(missing_ok=True)
        session.run_checked("stack init", "--secrets-provider", "passphrase", "--non-interactive")
    salt = stack_file.load(path)["encryptionsalt"]
    plain = {"encryptionsalt": salt, "config": dict(config.without_secrets)}
    path.write_text(yaml.safe_dump(plain), encoding="utf-8")
    secrets = [f"--secret={path}={value}" for path, value in config.secrets.items()]
    if secrets:
        session.run_checked("config set-all", "--path", *secrets)


def _release_stale_lock(session: Session, project_dir: Path) -> None:
    """Deletes locks whose process has ended: a killed CLI does not release its own."""
    locks = local_folder(project_dir) / "state/.pulumi/locks"
    for lock in locks.rglob(f"{session.stack}/*.json"):
        if not _is_running(json.loads(lock.read_text(encoding="utf-8"))["pid"]):
            lock.unlink()


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat = Path(f"/proc/{process}/stat")  # a zombie still has one
    return not (stat.is_file() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def _prepare_promoted(session: Session, project_dir: Path, config: StackConfig) -> None:
    """Imports a simulated stack if the one whose image digests are promoted was never deployed."""
    project = stack_file.project_name(project_dir)
    promote = (config.values.get(f"{project}:images") or {}).get("promote")
    other = str(promote["stack"] if isinstance(promote, dict) else promote or "")
    other = other.rpartition("/")[2]
    state = state_path(other, project_dir)
    if not other or has_state(other, project_dir):
        return
    referenced = Session(session.pulumi, other, session.directory, session.environment)
    if not state.is_file():
        stack_file.path_of(other, session.directory).unlink(missing_ok=True)
        referenced.run_checked(
            "stack init", "--secrets-provider", "passphrase", "--non-interactive"
        )
    stack = {
        "urn": f"urn:pulumi:{other}::{project}::{STACK}::{project}-{other}",
        "type": STACK,
        "custom": False,
        "outputs": {"imageDigests": image_digests(config.values, other)},
    }
    deployment = {"version": 3, "deployment": {"manifest": {}, "resources": [stack]}}
    file = session.directory / f"{other}.simulated.json"
    file.write_text(json.dumps(deployment), encoding="utf-8")
    referenced.run_checked("stack import", "--file", str(file))


def has_state(stack: str, project_dir: Path) -> bool:
    """Whether `up` has made the stack, and `destroy` has not removed it."""
    return len(urns(stack, project_dir)) > 1


def urns(stack: str, project_dir: Path) -> list[str]:
    """All that is in the state: the stack itself, components and providers too."""
    state = state_path(stack, project_dir)
    if not state.is_file():
        return []
    local_files.restore(state)
    checkpoint = json.loads(state.read_text(encoding="utf-8"))["checkpoint"]
    return [one["urn"] for one in (checkpoint.get("latest") or {}).get("resources") or []]


_STEPS = ("resourcePreEvent", "resOutputsEvent")


def _plan(stack: str, events: Sequence[Mapping[str, Any]]) -> Plan:
    planned, removed = dict[str, PlannedResource](), dict[str, PlannedResource]()
    exported: Mapping[str, Any] = {}
    for event in events:
        step = next((event[kind]["metadata"] for kind in _STEPS if kind in event), None)
        if step is None:
            continue
        state = step.get("new") or step["old"]
        if step["type"] == STACK:
            exported = state.get("outputs") or exported
        elif "resourcePreEvent" in event and step["op"] == "delete-replaced":
            removed[step["urn"]] = _resource({**step, "op": "delete"}, state)
        elif "resourcePreEvent" in event:
            planned[step["urn"]] = _resource(step, state)
    return Plan(
        stack=stack,
        engine="pulumi",
        # What left the program and depends on a replacement is deleted with it, in no step of its
        # own (Pulumi, pkg/resource/deploy/step_generator.go, NewDeleteReplacementStep).
        resources=tuple({**removed, **planned}.values()),
        outputs=_named(mask(exported), "stack"),
        warnings=tuple(messages(events, "warning")),
    )


def _resource(step: Mapping[str, Any], state: Mapping[str, Any]) -> PlannedResource:
    """Source: Pulumi, sdk/go/common/apitype/events.go (StepEventMetadata)."""
    urn, parent = step["urn"], state.get("parent", "")
    operation = STEP_OPERATIONS.get(step["op"], "same")
    is_changed = operation in ("update", "replace")
    old = step.get("old") or {}
    return PlannedResource(
        urn=urn,
        type=state["type"],
        name=urn.rpartition("::")[2],
        parent="" if f"::{STACK}::" in parent else parent,
        inputs=_inputs(urn, state),
        custom=state.get("custom", False),
        operation=operation,
        before=_inputs(urn, old) if is_changed else None,
        changed=tuple(step.get("detailedDiff") or step.get("diffs") or ()) if is_changed else (),
        replace_reasons=tuple(step.get("keys") or ()) if operation == "replace" else (),
        protect=old.get("protect", False),
        retain_on_delete=(old or state).get("retainOnDelete", False),
    )


def _inputs(urn: str, state: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs = {k: v for k, v in (state.get("inputs") or {}).items() if not k.startswith("__")}
    return _named(mask(inputs), urn.rpartition("::")[2])


def _named(value: Any, path: str) -> Any:
    """Unknown values as placeholders that name the property itself: the engine does not say whose
    output it is."""
    if isinstance(value, Mapping):
        return {key: _named(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_named(item, f"{path}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, str) and UNKNOWN in value:
        return f"${{{path}}}"
    return value
