"""Renames the project and its owner in every file of the clone, once; which owner, git may know."""

from __future__ import annotations

import re
from pathlib import Path

from commands.git import git, origin_on_github
from commands.init.account_text import state_bucket
from commands.init.answers import FILE, Answers
from commands.init.upstream import OWNER
from settings.stack_file import project_name

OWNER_STAYS = re.compile(r"(^|/)tests/|^docs/examples/|^commands/init/upstream\.py$")
"""There it is an example like any other; another account's ECR would be refused beside it."""


def own_origin(project: Path) -> tuple[str, str] | None:
    """Owner and name; None where git knows none, or the one that this is a clone of."""
    found = origin_on_github(project)
    is_own = (project / FILE).is_file() or found is None or found[1] != project_name(project)
    return found if is_own else None


class RenameError(Exception):
    """The files can't be listed."""


def tracked(project: Path) -> list[Path]:
    """The files that git knows or would add, relative to the project."""
    kinds = ("--cached", "--others", "--exclude-standard")
    listed = git(project, "ls-files", "-z", *kinds, raises=RenameError)
    names = sorted(set(listed.split("\0")) - {""})
    return [Path(name) for name in names if (project / name).is_file()]


def rename(project: Path, old: str, answers: Answers) -> int:
    """Puts the answers' names in the place of `old` and its owner; returns how many changed."""
    changed = 0
    for name in tracked(project):
        changed += _rewrite(project, name, old, answers)
        moved = name.with_name(name.name.replace(old, answers.project))
        if moved != name:
            (project / name).rename(project / moved)
    return changed


def renamed(text: str, old: str, answers: Answers, *, owner_too: bool) -> str:
    if owner_too:
        text = text.replace(f"ghcr.io/{OWNER}/{old}", answers.registry)
        text = text.replace(f"{OWNER}/{old}", answers.repository)
        text = text.replace(f"{OWNER}-{old}-state", state_bucket(answers))
        text = re.sub(rf"\b{OWNER}\b", answers.owner, text)
    # The passphrase of encrypted sample values: another one would not decrypt them.
    text = re.sub(rf"{old}(?!-sample)", answers.project, text)
    return text.replace(old.capitalize(), answers.project.capitalize())


def _rewrite(project: Path, name: Path, old: str, answers: Answers) -> bool:
    path = project / name
    try:
        before = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    owner_too = not OWNER_STAYS.search(name.as_posix())
    after = renamed(before, old, answers, owner_too=owner_too)
    if after != before:
        path.write_bytes(after.encode())
    return after != before
