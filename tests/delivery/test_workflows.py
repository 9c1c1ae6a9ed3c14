"""The pipeline's files: what they call exists, and what they may do is as little as it can be."""

from __future__ import annotations

import re
import shlex
import subprocess
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.operate import __main__ as operate
from commands.render import workflows as promotion
from delivery.__main__ import parser
from delivery.commands import stacks
from delivery.commands.changes import outputs
from settings.project import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FILES = [*WORKFLOWS, *(ROOT / ".github/actions").glob("*/action.yml")]
CICD: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/cicd.yml").read_text())["jobs"]
OPERATIONS: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/operations.yml").read_text())
KNOWN = {"$PULL_REQUEST": "123", "$DEPLOYED": "success", "$DESTROYED": "skipped", "$TASKS": "8"}
"""Variables of a `run:` that delivery takes no text for."""
MAKEFILE = (ROOT / "Makefile").read_text()


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in WORKFLOWS:
        for name, job in yaml.safe_load(file.read_text())["jobs"].items():
            yield f"{file.stem}-{name}", job


def needs_of(job: dict[str, Any]) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else needs


def before(name: str, within: dict[str, Any]) -> set[str]:
    """The jobs that `name` waits for, at whatever remove."""
    direct = needs_of(within[name])
    return {*direct, *(further for need in direct for further in before(need, within))}


def runs_in_spite_of_a_skip(job: dict[str, Any]) -> bool:
    return re.search(r"always\(\)|!cancelled\(\)", str(job.get("if"))) is not None


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


def test_one_run_scans_every_image_with_the_ignores_that_have_a_reason_and_a_date():
    job = CICD["scan-and-sign"]
    assert job["strategy"]["fail-fast"] is False
    action = ROOT / job["steps"][-1]["uses"] / "action.yml"
    steps = yaml.safe_load(action.read_text())["runs"]["steps"]
    scan, sbom = (s for s in steps if "trivy-action" in s.get("uses", ""))
    assert "exit-code" in scan["with"]
    assert sbom["with"]["output"] in steps[-1]["run"]
    # Its input `trivyignores` is read as the plain form, which has neither (trivy-action v0.36.0,
    # entrypoint.sh).
    assert "trivyignores" not in scan["with"]
    assert (ROOT / scan["env"]["TRIVY_IGNOREFILE"]).suffix == ".yaml"
    assert (ROOT / scan["env"]["TRIVY_IGNOREFILE"]).is_file()


def test_where_images_are_pushed_their_sources_have_a_history_and_the_builder_a_version():
    pushing = [job for _, job in jobs() if "--push" in str(job.get("steps"))]
    assert len(pushing) == 2
    builders = set[str]()
    for job in pushing:
        steps = {step.get("uses", "").partition("@")[0]: step.get("with") for step in job["steps"]}
        assert steps["actions/checkout"]["fetch-depth"] == 0
        builders.add(steps["docker/setup-buildx-action"]["driver-opts"])
    (builder,) = builders
    assert re.fullmatch(r"image=moby/buildkit:v\d+\.\d+\.\d+", builder)


def test_nothing_with_a_credential_runs_for_a_fork():
    assert "github.event_name == 'push'" in CICD["push-images"]["if"]
    for name, job in CICD.items():
        if "id-token" in job["permissions"]:
            ours = "head.repo.full_name == github.repository" in str(job.get("if"))
            on_main = {name, *before(name, CICD)} & {"push-images"}
            assert ours or on_main, name


def test_the_one_check_waits_for_every_job_of_a_pull_request():
    """All but the comment, which may be late; and the job that decides about the others."""
    later = {name for name in CICD if "checks" in before(name, CICD)}
    assert set(needs_of(CICD["checks"])) == set(CICD) - later - {"checks", "comment"}
    assert CICD["checks"]["if"] == "always()"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)
def test_a_job_behind_one_that_runs_in_spite_of_a_skip_asks_for_its_success(workflow: Path):
    """Without a condition of its own GitHub skips it: a skip counts for all that comes after."""
    within = yaml.safe_load(workflow.read_text())["jobs"]
    for name, job in within.items():
        if any(runs_in_spite_of_a_skip(within[need]) for need in before(name, within)):
            assert runs_in_spite_of_a_skip(job), name
            for need in needs_of(job):
                assert f"needs.{need}.result == 'success'" in job["if"], name


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ("success success skipped", 0),
        ("success failure skipped", 1),
        ("success cancelled skipped", 1),
        ("failure skipped skipped", 1),
    ],
)
def test_the_one_check_fails_with_any_of_them(results: str, code: int):
    (step,) = CICD["checks"]["steps"]
    line = ["bash", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(line, env={"RESULTS": results}, capture_output=True, check=False)
    assert done.returncode == code


def test_a_job_runs_by_what_changes_says():
    changes = CICD["changes"]
    said = {line.partition("=")[0] for line in outputs(()).splitlines()}
    listed = {line.partition("=")[0] for line in stacks.outputs(["qa"]).splitlines()}
    assert changes["outputs"] == {
        **{name: f"${{{{ steps.needed.outputs.{name} }}}}" for name in said},
        **{name: f"${{{{ steps.known.outputs.{name} }}}}" for name in listed},
    }
    heard = [re.findall(r"needs\.changes\.outputs\.(\w+)", str(job)) for job in CICD.values()]
    assert {name for names in heard for name in names} == said | listed
    for name in set(needs_of(CICD["checks"])) - {"changes"}:
        assert "changes" in needs_of(CICD[name])
        assert "needs.changes.outputs." in CICD[name]["if"], name
    assert changes["steps"][0]["with"]["fetch-depth"] == 0
    assert "if" not in changes


def test_an_operation_by_hand_is_one_job():
    on = OPERATIONS[True]  # so YAML 1.1 reads the key
    asked = on["workflow_dispatch"]["inputs"]["operation"]["options"]
    conditions = {name: job.get("if", "") for name, job in OPERATIONS["jobs"].items()}
    by_hand = {name: text for name, text in conditions.items() if "inputs." in text}
    assert by_hand == {name: f"inputs.operation == '{name}'" for name in asked}


def test_a_deployment_is_never_cancelled():
    for name, job in jobs():
        if str(job.get("concurrency", {}).get("group")).startswith("deploy-"):
            assert job["concurrency"]["cancel-in-progress"] is False, name


@pytest.mark.parametrize(
    ("module", "parser", "least"),
    [("delivery", parser, 8), ("commands.operate", operate.parser, 1)],
    ids=["delivery", "commands.operate"],
)
def test_what_is_called_is_what_it_takes(
    module: str, parser: Callable[[], ArgumentParser], least: int
):
    called = [c for c in commands() if c.startswith(f"python -m {module} ")]
    assert len(called) >= least
    for command in called:
        words = shlex.split(re.sub(r" (>|\|\|) ?.*", "", command))[3:]
        parser().parse_args([KNOWN.get(word, word) for word in words])


def test_no_workflow_names_an_environment_by_hand():
    """One more needs no edit: they are read from the account's stack file, or rendered from it."""
    for name in ("staging", "prod"):
        for file in {*FILES} - {promotion.PAGE}:
            assert re.findall(rf"(?i)(?<![a-z]){name}(?![a-z])", file.read_text()) == [], file


def test_the_deployments_are_as_rendered():
    """Of which environments, `make doctor` and the pipeline compare with the account's."""
    names = list(yaml.safe_load(promotion.PAGE.read_text())["jobs"])
    assert promotion.PAGE.read_text() == promotion.text(names), "run `make workflows`"


def test_each_environment_deploys_what_the_one_before_it_runs():
    chain = yaml.safe_load(promotion.text(["dev", "qa", "live"]))["jobs"]
    assert [(name, job.get("needs")) for name, job in chain.items()] == [
        ("dev", None),
        ("qa", "dev"),
        ("live", "qa"),
    ]
    assert [job["with"] for job in chain.values()] == [
        {"stack": "dev", "built": True},
        {"stack": "qa", "digests": "${{ needs.dev.outputs.digests }}"},
        {"stack": "live", "digests": "${{ needs.qa.outputs.digests }}"},
    ]


def test_targets_of_make_exist():
    called = {word for c in commands() for word in re.findall(r"^make ([^&|>]+)", c)}
    for target in {name for text in called for name in text.split() if "=" not in name}:
        assert re.search(rf"^{re.escape(target)}:", MAKEFILE, re.MULTILINE), target
