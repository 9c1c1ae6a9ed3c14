"""The next version is merged into a clone that a team made its own and went on with."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.init import answers as answers_file
from commands.init.update import UpdateError, update
from tests.commands.init import scratch

OLD, NEW, NEXT = "v1", "v2", "v3"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It began with version 1 without its history, as from a template; upstream has three."""
    upstream = scratch.copy(tmp_path_factory.mktemp("upstream"))
    commit(upstream, "1", OLD)
    clone = scratch.copy(tmp_path_factory.mktemp("clone"))
    commit(clone, "begin")
    scratch.run(clone, "git", "fetch", "--quiet", str(upstream), "tag", OLD)
    answers = answers_file.read(scratch.ANSWERS / "everything.yaml")
    (clone / "given.yaml").write_text(answers_file.text(answers))
    scratch.python(clone, "-m", "commands.init", "--without-rendering", "--answers", "given.yaml")
    change(clone, "Pulumi.prod.yaml", "10.30.0.0/16", "10.99.0.0/16")
    change(clone, "SECURITY.md", "\n", "\nOurs.\n")
    commit(clone, "ours")
    change(upstream, "commands/doctor.py", "nothing is missing here", "nothing is missing")
    change(upstream, "README.md", "# plataforma", "# plataforma\n\nThe second plataforma.")
    commit(upstream, "2", NEW)
    change(upstream, "README.md", "second plataforma", "third plataforma")
    change(upstream, "SECURITY.md", "\n", "\nTheirs.\n")
    commit(upstream, "3", NEXT)
    scratch.run(clone, "git", "fetch", "--quiet", "--tags", str(upstream))
    return clone


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))


def commit(folder: Path, message: str, tag: str | None = None) -> None:
    for key in ("user.name", "user.email"):
        scratch.run(folder, "git", "config", key, "someone@example.com")
    scratch.run(folder, "git", "add", "--all")
    scratch.run(folder, "git", "commit", "--quiet", "--message", message)
    if tag:
        scratch.run(folder, "git", "tag", tag)


def test_what_a_version_changes_is_merged_under_the_clone_s_own_name(clone: Path):
    with pytest.raises(UpdateError, match="v9"):
        update(clone, OLD, "v9")
    assert update(clone, OLD, NEW), scratch.run(clone, "git", "status")
    changed = scratch.run(clone, "git", "diff", "--name-only", "HEAD~1", "HEAD").split()
    assert changed == ["README.md", "commands/doctor.py"]
    assert "The second whole." in (clone / "README.md").read_text()
    assert "10.99.0.0/16" in (clone / "Pulumi.prod.yaml").read_text()
    assert "Ours." in (clone / "SECURITY.md").read_text()
    assert not scratch.run(clone, "git", "status", "--porcelain")
    assert not update(clone, NEW, NEXT), "both changed one line"
    conflicts = scratch.run(clone, "git", "diff", "--name-only", "--diff-filter=U").split()
    assert conflicts == ["SECURITY.md"]
    assert "The third whole." in (clone / "README.md").read_text()
