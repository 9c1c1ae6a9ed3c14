"""What a project that others join keeps: one version, owners, marks and hooks that are true."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

import pytest
import yaml

from commands.render import alertmanager_files
from settings.project import ROOT

FILES = subprocess.run(
    ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
).stdout.split("\0")[:-1]
MAKEFILE = (ROOT / "Makefile").read_text()
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RELEASE = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", re.MULTILINE)

in_a_clone = pytest.mark.skipif(not FILES, reason="this is no clone: git lists no file")


def test_the_projects_version_is_the_newest_release_of_the_changelog():
    text = (ROOT / "CHANGELOG.md").read_text()
    releases = RELEASE.findall(text)
    headings = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert headings == ["Unreleased", *(version for version, _ in releases)]
    assert PROJECT["version"] == releases[0][0]
    for newer, older in pairwise(releases):
        assert _numbers(newer[0]) > _numbers(older[0])
        assert newer[1] >= older[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


@in_a_clone
def test_what_git_marks_as_rendered_exists():
    lines = (ROOT / ".gitattributes").read_text().splitlines()
    patterns = [
        line.split()[0] for line in lines if "linguist-generated" in line and line[0] != "#"
    ]
    assert len(patterns) > 5
    for pattern in patterns:
        assert any(_marks(pattern, path) for path in FILES), pattern


def _marks(pattern: str, path: str) -> bool:
    """A pattern without a folder fits the file's name, as in .gitignore."""
    return fnmatchcase(path if "/" in pattern else path.rpartition("/")[2], pattern)


@in_a_clone
def test_what_is_rendered_into_the_repository_is_marked():
    """Task definitions, dashboards, the schema, the reference and the locks."""
    rendered = [
        path
        for path in FILES
        if fnmatchcase(path, "infra/aws/*.json")
        or fnmatchcase(path, "monitoring/grafana/dashboards/*.json")
        or path in ("stack.schema.json", "docs/config.md", "docs/layers.md", "api/openapi.json")
        or fnmatchcase(path, "monitoring/prometheus/rules/slo-*.yml")
        or ROOT / path in alertmanager_files.rendered()
        or path.endswith(("package-lock.json", ".generated.ts"))
        or fnmatchcase(path, "requirements*.txt")
    ]
    output = subprocess.run(
        ["git", "check-attr", "linguist-generated", "--", *rendered],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert [line for line in output.splitlines() if not line.endswith(": set")] == []


@in_a_clone
def test_owners_are_named_for_what_holds_rights():
    lines = (ROOT / ".github/CODEOWNERS").read_text().splitlines()
    rules = [line.split() for line in lines if line and not line.startswith("#")]
    assert all(owner.startswith("@") for _, *owners in rules for owner in owners)
    assert all(owners for _, *owners in rules)
    owned = {pattern: owners for pattern, *owners in rules}
    assert {"/bootstrap/", "/.github/"} <= set(owned)
    for pattern in set(owned) - {"*"}:
        assert any(path.startswith(pattern.strip("/") + "/") for path in FILES), pattern
    assert rules[0][0] == "*"  # the last line that fits a file decides


def test_make_help_lists_each_command_under_a_heading():
    printed = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    named = re.search(r"^HEADINGS := (.*)$", MAKEFILE, re.MULTILINE)
    assert named is not None
    assert re.findall(r"^(\w.*):$", printed, re.MULTILINE) == named[1].split("|")
    targets = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)
    listed = re.findall(r"^  make (\S+)", printed, re.MULTILINE)
    assert sorted(listed) == sorted(targets)


def test_one_python_and_one_node_for_everyone():
    python = (ROOT / ".python-version").read_text().strip()
    node = (ROOT / ".nvmrc").read_text().strip()
    setup = yaml.safe_load((ROOT / ".github/actions/setup/action.yml").read_text())
    asked = {k: v for step in setup["runs"]["steps"] for k, v in step.get("with", {}).items()}
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    assert PROJECT["requires-python"] == f">={python}"
    assert asked["python-version-file"] == ".python-version"
    assert f"-{python}-" in container["image"]
    assert asked["node-version-file"] == ".nvmrc"
    assert container["features"]["ghcr.io/devcontainers/features/node:1"]["version"] == node
    for app in ("api", "worker", "web"):
        package = json.loads((ROOT / app / "package.json").read_text())
        assert package["engines"]["node"] == f">={node}"


def test_a_commit_is_checked_by_what_make_lint_runs():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    assert all(hook["language"] == "system" for hook in hooks)
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert recipe is not None
    linted = set(re.findall(r"\$\(RUN\) (\w+ \w+)|\$\(VENV\)/bin/([\w-]+)|then (\w+)", recipe[1]))
    programs = {next(filter(None, found)) for found in linted}
    assert len(programs) >= 6
    entries = " ".join(hook["entry"] for hook in hooks)
    assert [program for program in sorted(programs) if program not in entries] == []
