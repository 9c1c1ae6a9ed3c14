"""When what an image is built from was last changed, by the history of git.

It is the SOURCE_DATE_EPOCH of its build: a build of the same sources then has the same timestamps,
and so the same digest ("SOURCE_DATE_EPOCH specification", reproducible-builds.org: the last
modification of the source).
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from delivery.shared import git
from delivery.shared.errors import InputError
from simulation import docker_context


def source_date(context: Path, dockerfile: str) -> int:
    """The time, in seconds since 1970, of the last commit that changed the Dockerfile, its
    .dockerignore or a file of the context. A merge changes what its first parent does not have.

    Errors: InputError if the context has no git history, or not all of it.
    """
    own = {Path(dockerfile), Path(f"{dockerfile}.dockerignore")}
    sent = docker_context.is_sent(context, context / dockerfile)
    for seconds, paths in _commits(context):
        if any(path in own or sent(path) for path in paths):
            return seconds
    raise InputError(f"no commit has {dockerfile} or what it copies: commit them first")


def _commits(folder: Path) -> Iterator[tuple[int, list[Path]]]:
    """The commits' times with the paths that they changed, the newest first."""
    _refuse_shallow(folder)
    command = ["log", "--first-parent", "-m", "--format=%x00%ct", "--name-only", "--relative"]
    with subprocess.Popen(
        ["git", "-c", "core.quotePath=false", *command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as log:
        assert log.stdout
        seconds, paths = 0, list[Path]()
        for line in map(str.rstrip, log.stdout):
            if line.startswith("\0"):
                if seconds:
                    yield seconds, paths
                seconds, paths = int(line[1:]), []
            elif line:
                paths.append(Path(line))
        if seconds:
            yield seconds, paths


def _refuse_shallow(folder: Path) -> None:
    """The oldest commit of a shallow clone seems to change every file."""
    is_shallow = git.is_shallow(folder)
    if is_shallow is None:
        raise InputError(f"{folder.resolve()} has no git history, which dates the images")
    if is_shallow:
        raise InputError(
            "the clone is shallow, and the images are dated by its history: fetch all of it "
            "(actions/checkout: fetch-depth: 0; here: git fetch --unshallow)"
        )
