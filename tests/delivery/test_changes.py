"""Exactly the jobs run that read a changed file."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from delivery.commands.changes import (
    CONCERNS,
    EVERYTHING,
    changed_files,
    concerns,
    outputs,
    reasons_of,
)
from delivery.shared.errors import InputError
from settings.project import ROOT
from simulation.docker_context import dockerfiles
from tests.delivery.stack import run
from tests.support.users_files import is_users

FILES = subprocess.run(
    ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
).stdout.split("\0")[:-1]
# Prints the files of this project that importing the given modules reads.
IMPORTED = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print("\\n".join(str(getattr(module, "__file__", None)) for module in sys.modules.values()))
"""

in_a_clone = pytest.mark.skipif(not FILES, reason="this is no clone: git lists no file")


@in_a_clone
def test_every_file_matches_a_row() -> None:
    assert [path for path in FILES if row_of(path) is None] == []


@in_a_clone
def test_every_row_is_the_first_to_match_some_file() -> None:
    unused = set(CONCERNS) - {row_of(path) for path in FILES}
    assert {row for row in unused if not is_users(ROOT / row)} == set()
    assert {job for jobs in CONCERNS.values() for job in jobs.split()} == set(EVERYTHING.split())


def row_of(path: str) -> str | None:
    return next((pattern for pattern in CONCERNS if fnmatchcase(path, pattern)), None)


@pytest.mark.parametrize(
    ("job", "modules"),
    [
        ("containers", ["tests.containers.conftest", "tests.containers.test_monitoring"]),
        ("containers", ["tests.containers.test_tasks", "components.platform"]),
        ("images", ["delivery.commands.images", "components.platform"]),
        ("preview", ["commands.preview", "delivery.commands.comment", "components.platform"]),
    ],
)
def test_a_job_runs_when_a_module_changes_that_it_imports(job: str, modules: list[str]) -> None:
    line = [sys.executable, "-c", IMPORTED, *modules]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [Path(line) for line in done.stdout.splitlines()]
    ours = [path for path in paths if path.is_relative_to(ROOT) and ".venv" not in path.parts]
    # A package's own file holds only a docstring.
    names = [p.relative_to(ROOT).as_posix() for p in ours if p.name != "__init__.py"]
    assert len(names) > len(modules)
    assert [name for name in names if job not in concerns(name)] == []


@in_a_clone
def test_a_file_of_an_image_builds_the_images_and_runs_the_containers() -> None:
    """Read from the Dockerfiles; .dockerignore keeps tests and benchmarks out."""
    texts = [file.read_text() for file in dockerfiles(ROOT / "images").values()]
    copied = [
        line for text in texts for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.M)
    ]
    sources = {source.rstrip("/") for line in copied for source in line.split() if source[0] != "-"}
    built = [
        path
        for path in FILES
        if any(path == source or path.startswith(f"{source}/") for source in sources)
        and not {"tests", "benchmarks"} & set(path.split("/"))
    ]
    assert len(built) > 100
    assert [path for path in built if not {"images", "containers"} <= set(concerns(path))] == []


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["docs/config.md", "README.md"], "program"),
        (["web/tests/app.test.tsx"], "web"),
        (["api/tests/support/broker-connection.ts"], "api worker"),
        (["api/tests/jobs.test.ts"], "api"),
        (["api/src/config.ts"], "api program containers images"),
        (["api/openapi.json"], "api web program containers images"),
        (["api/migrations/0002_more.sql"], "api worker program containers images"),
        (["components/edge/waf.py"], "program containers images preview"),
        (["docs/operations.md", "worker/src/main.ts"], "worker program containers images"),
        (["Makefile"], EVERYTHING),
        ([".nvmrc"], EVERYTHING),
        (["bootstrap/Pulumi.account.yaml"], "program pipeline preview"),
        (["bootstrap/environments.py"], "program pipeline preview"),
        (["bootstrap/key.py"], "program"),
        (["nobody/knows"], EVERYTHING),
        (["api.md"], EVERYTHING),
        ([], ""),
    ],
)
def test_what_a_change_needs(paths: list[str], expected: str) -> None:
    assert set(reasons_of(paths)) == set(expected.split())


def test_without_a_base_everything_is_needed() -> None:
    for arguments in (["changes"], ["changes", "--base", ""]):
        assert run(arguments).out == outputs(EVERYTHING.split()) + "\n"


def test_the_lines_have_the_form_of_github_output() -> None:
    lines = dict(line.split("=", 1) for line in outputs({"web", "api", "program"}).splitlines())
    assert json.loads(lines.pop("applications")) == ["api", "web"]
    assert lines == {
        "program": "true",
        "containers": "false",
        "images": "false",
        "pipeline": "false",
        "preview": "false",
    }


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A branch `work` that starts at the first commit of `main`."""
    monkeypatch.chdir(tmp_path)
    for name in ("docs/a.md", "web/b.ts", "policies/c.py"):
        file = tmp_path / name
        file.parent.mkdir()
        file.write_text("the same text in every file, long enough for a rename to be seen\n" * 9)
    git("init", "--quiet", "--initial-branch", "main")
    commit()
    git("switch", "--quiet", "--create", "work")
    return tmp_path


def git(*arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], check=True)


def commit() -> None:
    git("add", ".")
    git("commit", "--quiet", "--message", "more")


def test_later_commits_of_main_do_not_count(clone: Path) -> None:
    (clone / "web/new name.ts").write_text("x")
    commit()
    git("switch", "--quiet", "main")
    (clone / "policies/d.py").write_text("x")
    commit()
    assert changed_files("main", "work") == ["web/new name.ts"]


def test_a_moved_file_counts_at_both_paths(clone: Path) -> None:
    shutil.move(clone / "policies/c.py", clone / "docs/c.md")
    commit()
    assert changed_files("main", "HEAD") == ["docs/c.md", "policies/c.py"]
    lines = run(["changes", "--base", "main"])
    assert lines.out == outputs({"program", "containers", "images", "preview"}) + "\n"
    assert "| preview | `policies/c.py` |" in lines.summary
    assert "| web | not needed |" in lines.summary


@pytest.mark.usefixtures("clone")
def test_a_shallow_history_is_an_error() -> None:
    with pytest.raises(InputError, match="The whole history is needed"):
        changed_files("1" * 40, "HEAD")
    assert run(["changes", "--base", "1" * 40]).code == 2
