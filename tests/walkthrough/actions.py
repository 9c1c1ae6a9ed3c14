"""THE TABLE of actions of others that the workflows use, and what each does here."""

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
    """The action would fail there too, or cannot be done here."""


@dataclass(frozen=True)
class Action:
    words: str
    run: Callable[[Machine, With], None]


def check_out(machine: Machine, given: With) -> None:
    _must_be_allowed(machine, "contents", "read")
    machine.world.clone.freshen(given.get("ref") or machine.event.commit)


def set_up_python(machine: Machine, given: With) -> None:
    """Launchers of the Python that runs these tests."""
    have = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = _version(machine, given["python-version-file"])
    if wanted != have:
        raise ActionError(f"Python {wanted} is asked for; these tests run {have}")
    folder = machine.temporary / "python"
    folder.mkdir(exist_ok=True)
    real = Path(sys.base_prefix) / "bin" / f"python{have}"
    for name in ("python", "python3", f"python{have}"):
        (folder / name).write_text(f'#!/bin/sh\nexec "{real}" "$@"\n')
        (folder / name).chmod(0o755)
    machine.paths.insert(0, str(folder))


def set_up_node(machine: Machine, given: With) -> None:
    node = shutil.which("node", path=machine.variables()["PATH"])
    said = subprocess.run([node, "--version"], capture_output=True, text=True) if node else None
    have = said.stdout.strip() if said else "none"
    wanted = _version(machine, given["node-version-file"])
    if not have.startswith(f"v{wanted}."):
        raise ActionError(f"Node {wanted} has to be on PATH; there is {have}")


def _version(machine: Machine, file: str) -> str:
    """What a file of the workspace says, as .python-version does."""
    return (machine.workspace / file).read_text().strip()


def install(name: str) -> Callable[[Machine, With], None]:
    """The stand-in of programs.py."""
    return lambda machine, _: machine.install(name)


def sign_in(machine: Machine, given: With) -> None:
    _must_be_allowed(machine, "id-token", "write")
    missing = [key for key in ("role-to-assume", "aws-region") if not given.get(key)]
    if missing:
        raise ActionError(f"{', '.join(missing)} is empty: see the variables of machine.py")
    machine.environment |= {
        **machine.world.signed_in,
        "AWS_REGION": given["aws-region"],
        "AWS_DEFAULT_REGION": given["aws-region"],
    }


def upload(machine: Machine, given: With) -> None:
    files = list(_found(machine.workspace, given["path"]))
    if not files and given.get("if-no-files-found") == "error":
        raise ActionError(f"no file matches {given['path']}")
    folder = machine.artifacts[given["name"]] = _artifact(machine, given["name"])
    root = Path(os.path.commonpath([file.parent for file in files])) if files else Path()
    for file in files:
        target = folder / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)


def download(machine: Machine, given: With) -> None:
    """By name into the folder itself; by pattern merged there, else into one for each."""
    target = machine.workspace / given.get("path", "")
    if "name" in given:
        names = [given["name"]]
    else:
        wanted = given.get("pattern", "*")
        names = [name for name in machine.artifacts if Path(name).match(wanted)]
    for name in names:
        if name not in machine.artifacts:
            raise ActionError(f"there is no artifact {name}")
        merged = "name" in given or given.get("merge-multiple") == "true"
        into = target if merged else target / name
        shutil.copytree(machine.artifacts[name], into, dirs_exist_ok=True)


def log_in(machine: Machine, given: With) -> None:
    _must_be_allowed(machine, "packages", "write")
    if not (given.get("username") and given.get("password")):
        raise ActionError("username or password is empty")


def scan(machine: Machine, given: With) -> None:
    del machine
    if not re.search(r"@sha256:[0-9a-f]{64}$", given["image-ref"]):
        raise ActionError(f"{given['image-ref']} is no image by digest")


def nothing(machine: Machine, given: With) -> None:
    del machine, given


ACTIONS: Mapping[str, Action] = {
    "actions/checkout": Action("the clone is put back to the commit (with all history)", check_out),
    "actions/setup-python": Action(
        "the Python of these tests, which must be that of .python-version", set_up_python
    ),
    "actions/setup-node": Action("looks that Node of that version is on PATH", set_up_node),
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
    "aquasecurity/trivy-action": Action("looks that it is given a digest; scans nothing", scan),
    "sigstore/cosign-installer": Action("a stand-in that signs nothing", install("cosign")),
}


def run(machine: Machine, used: str, given: With) -> None:
    """Errors: ActionError."""
    name = used.partition("@")[0]
    if name not in ACTIONS:
        raise ActionError(f"{name} is not known: add a row to ACTIONS in {__file__}")
    ACTIONS[name].run(machine, given)


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
