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
from delivery.commands import prepare, stacks
from delivery.commands.changes import outputs
from delivery.shared.state_locks import LONGEST_JOB
from settings.project import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FILES = [*WORKFLOWS, *(ROOT / ".github/actions").glob("*/action.yml")]
CICD_FILE = ROOT / ".github/workflows/cicd.yml"
CICD: dict[str, Any] = yaml.safe_load(CICD_FILE.read_text())["jobs"]
OPERATIONS: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/operations.yml").read_text())
KNOWN = {"$PULL_REQUEST": "123", "$DEPLOYED": "success", "$DESTROYED": "skipped", "$TASKS": "8"}
"""Variables of a `run:` that delivery takes no text for."""
MAKEFILE = (ROOT / "Makefile").read_text().replace("$(RUNTIME)", ".venv/.runtime")


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
    # What follows a rollout may take longer: test_waits.py.
    scripts = "".join(step.get("run", "") for step in job.get("steps", ()))
    most = 360 if re.search(r"delivery (rollout|rollback|restart|scale) ", scripts) else 120
    assert "uses" in job or job["timeout-minutes"] <= most, name


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


NEEDS_HISTORY = r"--push|delivery (changes|deployed) |make test-workflow|git diff .*BASE"


def test_a_job_that_needs_the_history_fetches_it():
    """actions/checkout fetches one commit by default, and a clone of that clone has no more."""
    found = set[str]()
    for name, job in jobs():
        steps = job.get("steps", [])
        if any(re.search(NEEDS_HISTORY, step.get("run", "")) for step in steps):
            (depth,) = (s["with"].get("fetch-depth") for s in steps if is_checkout(s))
            assert depth == 0, name
            found.add(name)
    assert {"cicd-pipeline", "cicd-push-images", "environment-images", "deploy-deploy"} <= found


def is_checkout(step: dict[str, Any]) -> bool:
    return step.get("uses", "").startswith("actions/checkout@")


def test_nothing_with_a_credential_runs_for_a_fork():
    assert "github.event_name == 'push'" in CICD["push-images"]["if"]
    for name, job in CICD.items():
        if "id-token" in job["permissions"]:
            ours = "head.repo.full_name == github.repository" in str(job.get("if"))
            on_main = {name, *before(name, CICD)} & {"push-images"}
            assert ours or on_main, name


def test_no_job_with_a_right_reads_or_writes_a_cache():
    """Jobs of main write its caches, and run what npm and pip install. GitHub Docs, "Dependency
    caching reference": a pull request's jobs read main's caches, and write only their own."""
    marks = ("'cache': 'true'", "actions/cache@")
    cached = [n for n, job in jobs() if any(mark in str(job.get("steps")) for mark in marks)]
    assert {"cicd-applications", "cicd-program", "cicd-containers"} <= set(cached)
    for name in cached:
        rights = set(dict(jobs())[name]["permissions"].values())
        assert rights == {"read"}, name
        assert "environment" not in dict(jobs())[name], name
    setup = yaml.safe_load((ROOT / ".github/actions/setup/action.yml").read_text())
    assert setup["inputs"]["cache"]["default"] == "false"


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
    step = CICD["checks"]["steps"][0]
    line = ["bash", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(line, env={"RESULTS": results}, capture_output=True, check=False)
    assert done.returncode == code


def test_a_job_runs_by_what_changes_says():
    changes = CICD["changes"]
    said = {line.partition("=")[0] for line in outputs(()).splitlines()}
    listed = {line.partition("=")[0] for line in stacks.outputs(["qa"], []).splitlines()}
    listed.remove("stacks")  # for the drift of all, in nightly.yml
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
    first = {need for job in OPERATIONS["jobs"].values() for need in needs_of(job)} - set(asked)
    by_hand = {n: text for n, text in conditions.items() if "inputs." in text and n not in first}
    assert by_hand == {name: f"inputs.operation == '{name}'" for name in asked}


def test_a_deployment_is_never_cancelled_and_none_that_waits_is_replaced():
    """Without `queue: max` one more job in the group cancels the one that waits there."""
    groups = [job["concurrency"] for _, job in jobs() if "concurrency" in job]
    deploying = [one for one in groups if one["group"].startswith("deploy-")]
    assert len(deploying) > 3
    for one in deploying:
        assert (one["cancel-in-progress"], one["queue"]) == (False, "max"), one["group"]


def test_nothing_is_held_while_somebody_is_asked():
    """A job has its group while its environment's reviewers are waited for, a run until its end."""
    for name, job in jobs():
        if environment_of(job).endswith("-approval"):
            assert "concurrency" not in job, name
            assert job["permissions"] == {}, name
    asks = {file.stem for file in WORKFLOWS if "-approval" in file.read_text()}
    assert asks == {"approve"}
    run_group = yaml.safe_load(CICD_FILE.read_text())["concurrency"]
    assert run_group["group"] == "cicd-${{ github.event.pull_request.number || github.run_id }}"
    called = {job["uses"] for _, job in jobs() if "uses" in job and "concurrency" in job}
    assert called == set()
    deploying = dict(jobs())["deploy-deploy"]["concurrency"]["group"]
    assert "inputs.pull-request != '' && format('-{0}', github.run_id)" in deploying


def test_a_rollback_waits_neither_for_a_person_nor_for_what_it_undoes():
    back = OPERATIONS["jobs"]["rollback-revision"]
    assert "concurrency" not in back
    for name in ("rollback-revision", "rollback-digests"):
        assert environment_of(OPERATIONS["jobs"][name]) == "${{ inputs.stack }}"
        for need in before(name, OPERATIONS["jobs"]):
            assert not {"environment", "concurrency"} & set(OPERATIONS["jobs"][need]), need


def test_a_difference_from_the_commits_files_is_red_once_all_is_known_of_what_runs():
    steps = dict(jobs())["deploy-deploy"]["steps"]
    assert "delivery taskdefs" in steps[-1]["run"]
    assert "continue-on-error" not in steps[-1]
    assert {"address", "digests"} < {step.get("id") for step in steps[:-1]}
    assert "always()" not in (ROOT / ".github/workflows/promote.yml").read_text()


def test_a_second_push_waits_for_the_lock_of_the_first_before_anything_is_changed():
    """Their groups are two; and once it has the lock it asks whether it is still the newest."""
    steps = dict(jobs())["deploy-deploy"]["steps"]
    lines = [str(step.get("run", "")) for step in steps]
    (wait,) = (n for n, line in enumerate(lines) if "delivery unlock" in line)
    assert lines[wait].endswith(" --wait")
    assert steps[wait]["if"] == "inputs.pull-request != ''"
    (still_newest,) = (n for n, line in enumerate(lines) if "delivery environment" in line)
    assert wait < still_newest < min(n for n, line in enumerate(lines) if re.search(CHANGES, line))


def environment_of(job: dict[str, Any]) -> str:
    found = job.get("environment") or ""
    return found if isinstance(found, str) else found["name"]


@pytest.mark.parametrize(
    ("job", "guard"),
    [
        ("deploy-deploy", "delivery deployed --stack"),
        ("deploy-deploy", prepare.PREVIEW),
        ("operations-rollback-digests", "delivery deployed --stack"),
        ("operations-rollback-digests", "pulumi preview --suppress-outputs --policy-pack policies"),
    ],
)
def test_a_deployment_is_judged_before_anything_is_changed(job: str, guard: str):
    steps = dict(jobs())[job]["steps"]
    lines = [str(step.get("run", "")) for step in steps]
    changes = [n for n, line in enumerate(lines) if re.search(CHANGES, line)]
    (judged,) = (n for n, line in enumerate(lines) if guard in line)
    assert judged < min(changes)
    assert steps[0]["with"]["fetch-depth"] == 0, "the history of a shallow clone is not known"


def test_a_deployment_previews_once_and_ends_with_that_preview():
    """What prepares the migrations takes its file; a broken rule is told by the exit code alone."""
    steps = dict(jobs())["deploy-deploy"]["steps"]
    text = "\n".join(str(step.get("run", "")) for step in steps)
    assert text.count("pulumi preview") == 1
    assert f"{prepare.PREVIEW} >preview.json || code=$?" in text
    assert 'delivery prepare --stack "$PULUMI_STACK" --preview preview.json' in text
    (judged,) = (str(step["run"]) for step in steps if prepare.PREVIEW in str(step.get("run", "")))
    assert judged.rstrip().endswith('exit "$code"')


def test_a_rollback_by_digest_runs_mains_commands_on_the_deployed_program():
    """The commit's own commands may know neither these options nor these checks."""
    steps = OPERATIONS["jobs"]["rollback-digests"]["steps"]
    for step in steps:
        script = step.get("run", "")
        assert "git switch" not in script, "the checkout stays main's"
        runs_program = re.search(r"pulumi (preview|up) ", script) is not None
        assert step.get("working-directory") == ("deployed" if runs_program else None), script
        for line in script.splitlines():
            assert "delivery rollback " not in line or line.endswith(" --project deployed")


CHANGES = r"pulumi up|delivery (prepare|migrate)"


LOCKS = r"pulumi (up|destroy) |delivery (prepare|sweep .*--run) "


def test_what_holds_a_lock_gets_the_signal_of_a_cancellation():
    """GitHub signals the step's shell alone: `exec` puts the command in its place."""
    locking = [command for command in commands() if re.search(LOCKS, f"{command} ")]
    assert len(locking) == 5
    assert [command for command in locking if not command.startswith("exec ")] == []


def test_a_lock_is_taken_away_only_where_nothing_else_has_it():
    """Else it has to be older than any job may be."""
    for name, job in jobs():
        if "delivery unlock" in str(job.get("steps")):
            assert job["concurrency"]["group"].startswith("deploy-"), name
        assert job.get("timeout-minutes", 0) <= LONGEST_JOB.total_seconds() / 60, name


@pytest.mark.parametrize("name", ["preview-preview", "preview-in-process-preview"])
def test_a_preview_that_fails_fails_its_job(name: str):
    """And so `checks`: its file goes to the comment all the same."""
    steps = dict(jobs())[name]["steps"]
    script = next(s["run"] for s in steps if "commands.preview" in s.get("run", ""))
    assert "|| code=$?" in script
    assert script.rstrip().endswith('exit "$code"')
    assert steps[-1]["if"] == "always()"
    assert "preview-in-process" in needs_of(CICD["checks"])
    assert "preview" in needs_of(CICD["checks"])


@pytest.mark.parametrize(
    ("module", "parser", "least"),
    [("delivery", parser, 8), ("commands.operate", operate.parser, 1)],
    ids=["delivery", "commands.operate"],
)
def test_what_is_called_is_what_it_takes(
    module: str, parser: Callable[[], ArgumentParser], least: int
):
    plain = [command.removeprefix("exec ") for command in commands()]
    called = [c for c in plain if c.startswith(f"python -m {module} ")]
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
    listed = list(yaml.safe_load(promotion.PAGE.read_text())["jobs"])
    names = [name for name in listed if not name.startswith(promotion.APPROVE)]
    reviewed = [name.removeprefix(promotion.APPROVE) for name in listed if name not in names]
    assert promotion.PAGE.read_text() == promotion.text(names, reviewed), "run `make workflows`"


def test_each_environment_deploys_what_the_one_before_it_runs():
    chain = yaml.safe_load(promotion.text(["dev", "qa", "live"], ["live"]))["jobs"]
    assert [(name, job.get("needs")) for name, job in chain.items()] == [
        ("dev", None),
        ("qa", "dev"),
        ("approve-live", "qa"),
        ("live", ["qa", "approve-live"]),
    ]
    qa = {"digests": "${{ needs.qa.outputs.digests }}"}
    assert [job["with"] for job in chain.values()] == [
        {"stack": "dev", "built": True},
        {"stack": "qa", "digests": "${{ needs.dev.outputs.digests }}"},
        {"stack": "live", "role": "AWS_ROLE_PREVIEW_LIVE", **qa},
        {"stack": "live", **qa},
    ]


def test_targets_of_make_exist():
    called = {word for c in commands() for word in re.findall(r"^make ([^&|>]+)", c)}
    for target in {name for text in called for name in text.split() if "=" not in name}:
        assert re.search(rf"^{re.escape(target)}:", MAKEFILE, re.MULTILINE), target
