"""The third-party actions that the workflows use, and what each does here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.walkthrough.machine import Machine

With = Mapping[str, str]


class ActionError(Exception):
    """The action would fail on GitHub too, or is not supported here."""


@dataclass(frozen=True)
class Action:
    words: str
    run: Callable[[Machine, With], None]


def check_out(machine: Machine, inputs: With) -> None:
    _must_be_allowed(machine, "contents", "read")
    machine.world.clone.freshen(inputs.get("ref") or machine.event.commit)


def set_up_python(machine: Machine, inputs: With) -> None:
    """Launchers for the Python that runs these tests."""
    have = f"{sys.version_info.major}.{sys.version_info.minor}"
    required = _version(machine, inputs["python-version-file"])
    if required != have:
        raise ActionError(f"Python {required} is required; these tests run {have}")
    folder = machine.temporary / "python"
    folder.mkdir(exist_ok=True)
    real = Path(sys.base_prefix) / "bin" / f"python{have}"
    for name in ("python", "python3", f"python{have}"):
        (folder / name).write_text(f'#!/bin/sh\nexec "{real}" "$@"\n')
        (folder / name).chmod(0o755)
    machine.paths.insert(0, str(folder))


def set_up_node(machine: Machine, inputs: With) -> None:
    node = shutil.which("node", path=machine.variables()["PATH"])
    done = subprocess.run([node, "--version"], capture_output=True, text=True) if node else None
    have = done.stdout.strip() if done else "none"
    required = _version(machine, inputs["node-version-file"])
    if not have.startswith(f"v{required}."):
        raise ActionError(f"Node {required} has to be on PATH; there is {have}")


def _version(machine: Machine, file: str) -> str:
    """The content of a file of the workspace, such as .python-version."""
    return (machine.workspace / file).read_text().strip()


def install(name: str) -> Callable[[Machine, With], None]:
    """Installs the stand-in of programs.py."""
    return lambda machine, _: machine.install(name)


def sign_in(machine: Machine, inputs: With) -> None:
    _must_be_allowed(machine, "id-token", "write")
    missing = [key for key in ("role-to-assume", "aws-region") if not inputs.get(key)]
    if missing:
        raise ActionError(f"{', '.join(missing)} is empty: see the variables of machine.py")
    machine.environment |= {
        **machine.world.signed_in,
        "AWS_REGION": inputs["aws-region"],
        "AWS_DEFAULT_REGION": inputs["aws-region"],
    }


def upload(machine: Machine, inputs: With) -> None:
    files = list(_found(machine.workspace, inputs["path"]))
    if not files and inputs.get("if-no-files-found") == "error":
        raise ActionError(f"no file matches {inputs['path']}")
    folder = machine.artifacts[inputs["name"]] = _artifact(machine, inputs["name"])
    root = Path(os.path.commonpath([file.parent for file in files])) if files else Path()
    for file in files:
        target = folder / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)


def download(machine: Machine, inputs: With) -> None:
    """By name into the folder itself; by pattern merged there, or into one folder each."""
    target = machine.workspace / inputs.get("path", "")
    if "name" in inputs:
        names = [inputs["name"]]
    else:
        wanted = inputs.get("pattern", "*")
        names = [name for name in machine.artifacts if Path(name).match(wanted)]
    for name in names:
        if name not in machine.artifacts:
            raise ActionError(f"there is no artifact {name}")
        merged = "name" in inputs or inputs.get("merge-multiple") == "true"
        into = target if merged else target / name
        shutil.copytree(machine.artifacts[name], into, dirs_exist_ok=True)


def log_in(machine: Machine, inputs: With) -> None:
    _must_be_allowed(machine, "packages", "read")
    if not (inputs.get("username") and inputs.get("password")):
        raise ActionError("username or password is empty")


def scan(machine: Machine, inputs: With) -> None:
    if "output" in inputs:
        (machine.workspace / inputs["output"]).write_text("{}")
    if not re.search(r"@sha256:[0-9a-f]{64}$", inputs["image-ref"]):
        raise ActionError(f"{inputs['image-ref']} is no image by digest")


def nothing(machine: Machine, inputs: With) -> None:
    del machine, inputs


ACTIONS: Mapping[str, Action] = {
    "actions/checkout": Action("the clone is put back to the commit (with all history)", check_out),
    "actions/setup-python": Action(
        "the Python of these tests, which must be that of .python-version", set_up_python
    ),
    "actions/setup-node": Action("looks that Node of that version is on PATH", set_up_node),
    "actions/cache": Action("nothing: no cache has anything", nothing),
    "actions/upload-artifact": Action("a folder of that name", upload),
    "actions/download-artifact": Action("that folder's files", download),
    "pulumi/actions": Action("the CLI that this machine has, its calls noted", install("pulumi")),
    "aws-actions/configure-aws-credentials": Action(
        "looks at role, region and permission; then credentials of a test, AWS of cloud.py, and "
        "simulated providers for the engine",
        sign_in,
    ),
    "docker/setup-buildx-action": Action("nothing: bake is a stand-in", nothing),
    "docker/login-action": Action("looks that it has a name, a password and the right", log_in),
    "aquasecurity/trivy-action": Action(
        "checks that the image has a digest; scans nothing, lists no packages", scan
    ),
    "sigstore/cosign-installer": Action("a stand-in that signs nothing", install("cosign")),
}


def run(machine: Machine, used: str, inputs: With) -> None:
    """Errors: ActionError."""
    name = used.partition("@")[0]
    if name not in ACTIONS:
        raise ActionError(f"{name} is not known: add a row to ACTIONS in {__file__}")
    ACTIONS[name].run(machine, inputs)


def _must_be_allowed(machine: Machine, what: str, right: str) -> None:
    has = machine.permissions.get(what)
    if has not in (right, "write"):
        raise ActionError(f"the job has no permission {what}: {right}")


def _artifact(machine: Machine, name: str) -> Path:
    folder = machine.world.clone.folder / "artifacts" / machine.event.commit / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _found(root: Path, patterns: str) -> Iterator[Path]:
    for pattern in filter(None, map(str.strip, patterns.splitlines())):
        for path in sorted(root.glob(pattern)):
            yield from (p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
