"""Takes the next version into a clone that a team made its own: `make update TO=upstream/main`.

Both versions are made the team's own by its answers, so that names, which differ everywhere, are no
difference between them; what the new version changes is then merged. Nothing else is remembered
than bootstrap/init.yaml and the version in pyproject.toml.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from commands.git import git
from commands.init.answers import FILE
from settings.project import ROOT

STACKS_OWN = "infra/aws"
"""Rendered from the stack files, of which a version has only samples."""


class UpdateError(Exception):
    """Nothing was merged."""


def update(project: Path, old: str, new: str) -> bool:
    """Merges what changed from the version `old` to `new`; whether it went without a conflict.

    Errors: UpdateError where the clone is not ready or a version can't be made its own.
    """
    if not (project / FILE).is_file():
        raise UpdateError(f"{FILE} is missing: `make init` writes it")
    if _git(project, "status", "--porcelain", "--untracked-files=no"):
        raise UpdateError("there are uncommitted changes: commit them first")
    before = _as_own(project, old, parent=None)
    after = _as_own(project, new, parent=before)
    message = f"Begin the update from {old}"
    _merge(project, "--strategy=ours", "--allow-unrelated-histories", "-m", message, before)
    return _merge(project, "-m", f"Update to {new}", after)


def _as_own(project: Path, version: str, parent: str | None) -> str:
    """A commit of a version with this clone's names, and a parent of its own or none."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        _git(project, "worktree", "add", "--detach", "--quiet", str(tree), version)
        try:
            answers = str(project / FILE)
            command = ["-m", "commands.init", "--without-rendering", "--answers", answers]
            done = subprocess.run(
                [sys.executable, *command], cwd=tree, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise UpdateError(f"{version} can't be made your own:\n{done.stderr.strip()}")
            _git(tree, "rm", "-r", "--quiet", "--cached", "--ignore-unmatch", STACKS_OWN)
            _git(tree, "add", "--all", "--", ".", f":!{STACKS_OWN}")
            written = _git(tree, "write-tree")
        finally:
            _git(project, "worktree", "remove", "--force", str(tree))
    parents = ["-p", parent] if parent else []
    return _git(project, "commit-tree", written, *parents, "-m", f"{version}, with own names")


def _merge(project: Path, *arguments: str) -> bool:
    done = subprocess.run(["git", "merge", "--no-edit", *arguments], cwd=project, check=False)
    return done.returncode == 0


def _git(folder: Path, *arguments: str) -> str:
    return git(folder, *arguments, raises=UpdateError)


def main() -> int:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    parser = argparse.ArgumentParser(prog="make update", description=__doc__)
    parser.add_argument("new", metavar="TO", help="a version: a tag, or upstream/main")
    parser.add_argument(
        "--from",
        dest="old",
        default=f"v{version}",
        help="the version that this clone has, a tag or a commit (default: %(default)s)",
    )
    args = parser.parse_args()
    try:
        is_clean = update(ROOT, args.old, args.new)
    except UpdateError as error:
        print(f"update: {error}", file=sys.stderr)
        return 2
    if not is_clean:
        print("\nResolve the conflicts, then `git commit`. `git merge --abort` takes it back.")
    print("\nNext:\n  make rendered && git diff\n  make test\n  make preview")
    return int(not is_clean)


if __name__ == "__main__":
    sys.exit(main())
