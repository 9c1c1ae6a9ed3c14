"""The pipeline's files: what they call exists, and what they may do is as little as it can be."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.__main__ import parser
from tests.plans import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FILES = [*WORKFLOWS, *(ROOT / ".github/actions").glob("*/action.yml")]
# They need, at some remove, the job that runs for a push alone.
AFTER_A_PUSH = ("cicd-scan-and-sign", "cicd-staging", "cicd-prod")
KNOWN = {"$PULL_REQUEST": "123", "$BROUGHT_UP": "success", "$TAKEN_DOWN": "skipped"}
"""Variables of a `run:` that delivery takes no text for."""
MAKEFILE = (ROOT / "Makefile").read_text()


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in WORKFLOWS:
        for name, job in yaml.safe_load(file.read_text())["jobs"].items():
            yield f"{file.stem}-{name}", job


def commands() -> list[str]:
    """Each line of each `run:`, folded ones as one."""
    texts = [step.get("run", "") for _, job in jobs() for step in job.get("steps", [])]
    return [line.strip() for text in texts for line in text.replace("\\\n", " ").splitlines()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name + "/" + file.stem)
def test_actions_of_others_are_pinned_with_their_version(file: Path):
    for used in re.findall(r"uses: (\S+)(.*)", file.read_text()):
        if not used[0].startswith("./"):
            assert re.search(r"@[0-9a-f]{40}$", used[0]), used
            assert re.fullmatch(r" # v\d+(\.\d+\.\d+)?", used[1]), used


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_grants_nothing_of_its_own(file: Path):
    assert yaml.safe_load(file.read_text())["permissions"] == {}
    assert "secrets." not in file.read_text()
    assert "pull_request_target" not in file.read_text()


@pytest.mark.parametrize(("name", "job"), list(jobs()), ids=[name for name, _ in jobs()])
def test_a_job_says_what_it_may_do_and_ends(name: str, job: dict[str, Any]):
    assert isinstance(job["permissions"], dict), name
    assert "uses" in job or job["timeout-minutes"] <= 120, name


def test_nothing_with_a_credential_runs_for_a_fork():
    for name, job in jobs():
        if name.startswith("cicd-") and "id-token" in job["permissions"]:
            ours = "head.repo.full_name == github.repository" in str(job.get("if"))
            assert ours or name in AFTER_A_PUSH, name


def test_a_deployment_is_never_cancelled():
    for name, job in jobs():
        if str(job.get("concurrency", {}).get("group")).startswith("deploy-"):
            assert job["concurrency"]["cancel-in-progress"] is False, name


def test_what_is_called_of_delivery_is_what_it_takes():
    called = [c for c in commands() if c.startswith("python -m delivery ")]
    assert len(called) >= 8
    for command in called:
        words = shlex.split(re.sub(r" (>|\|\|) ?.*", "", command))[3:]
        parser().parse_args([KNOWN.get(word, word) for word in words])


def test_targets_of_make_exist():
    called = {word for c in commands() for word in re.findall(r"^make ([^&|>]+)", c)}
    for target in {name for text in called for name in text.split() if "=" not in name}:
        assert re.search(rf"^{re.escape(target)}:", MAKEFILE, re.MULTILINE), target
