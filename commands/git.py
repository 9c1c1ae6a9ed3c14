"""Asks git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


class GitError(Exception):
    """Git is missing, or refuses."""


def origin_on_github(folder: Path) -> tuple[str, str] | None:
    """Owner and name of the repository that git calls origin, if it is GitHub's."""
    try:
        address = git(folder, "remote", "get-url", "origin")
    except GitError:
        return None
    path = address.removesuffix(".git").replace(":", "/").rpartition("github.com/")[2]
    owner, _, name = path.partition("/")
    return None if not name or "/" in name else (owner, name)


def git(
    folder: Path,
    *arguments: str,
    raises: type[Exception] = GitError,
    variables: Mapping[str, str] | None = None,
) -> str:
    """What `git ARGUMENTS` prints in a folder.

    Errors: `raises`, with git's first line.
    """
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env={**os.environ, "LC_ALL": "C", **(variables or {})},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise raises("git is not on PATH") from None
    if done.returncode:
        if "not a git repository" in done.stderr:
            raise raises("this folder is in no git repository; `git init` makes it one")
        said = done.stderr.strip().partition("\n")[0].removeprefix("fatal: ")
        raise raises(said or f"git knows no {arguments[-1].removesuffix('^{commit}')}")
    return done.stdout.strip()
