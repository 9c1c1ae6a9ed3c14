"""What keeps roles and secrets from code that nobody has reviewed: docs/threat-model.md."""

from __future__ import annotations

import os
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap.access.trust import PREVIEW, PREVIEW_REMOVAL
from settings.project import ROOT
from tests.delivery.test_workflows import CICD, FILES, MAKEFILE, WORKFLOWS, before, jobs, needs_of

INSTALLS: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/installs.yml").read_text())


def test_new_versions_of_actions_come_as_pull_requests_a_week_after_their_release():
    """Dependabot looks into no folder of a composite action that it is not told of."""
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    assert {update["cooldown"]["default-days"] for update in updates} == {7}
    (of_actions,) = (u for u in updates if u["package-ecosystem"] == "github-actions")
    watched = of_actions["directories"]
    assert "/" in watched
    folders = [f"/{file.parent.relative_to(ROOT)}" for file in FILES if file.name == "action.yml"]
    assert folders
    assert [one for one in folders if not any(fnmatch(one, glob) for glob in watched)] == []


def pull_request_jobs_with_a_token() -> dict[str, dict[str, Any]]:
    """Those of cicd.yml that a pull request runs."""
    on_main = {name for name in CICD if {name, *before(name, CICD)} & {"push-images"}}
    return {n: j for n, j in CICD.items() if "id-token" in j["permissions"] and n not in on_main}


def test_new_dependencies_of_a_pull_request_do_not_run_beside_a_role():
    assert list(pull_request_jobs_with_a_token()) == ["preview"]
    for job in pull_request_jobs_with_a_token().values():
        assert "needs.installs.outputs.changed == 'false'" in job["if"]
    assert "needs.installs.outputs.changed == 'true'" in CICD["preview-in-process"]["if"]
    decides = INSTALLS["jobs"]["compare"]
    assert decides["permissions"] == {"contents": "read"}
    used = [step["uses"].partition("@")[0] for step in decides["steps"] if "uses" in step]
    assert used == ["actions/checkout"], "what is installed could decide about itself"


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("requirements.txt", "true"),
        ("requirements-dev.txt", "true"),
        ("policies/requirements.txt", "true"),
        (".github/actions/setup/action.yml", "true"),
        (".github/workflows/cicd.yml", "true"),
        (".python-version", "true"),
        ("Makefile", "true"),
        ("Pulumi.yaml", "true"),
        ("components/platform.py", "false"),
        ("api/package-lock.json", "false"),
        ("", "true"),
    ],
)
def test_what_jobs_install_is_compared_with_the_base(tmp_path: Path, path: str, changed: str):
    """Without a path the base is a commit that git does not have."""

    def git(*words: str) -> str:
        known = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        done = subprocess.run(["git", *known, *words], cwd=tmp_path, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch", "main")
    git("commit", "--quiet", "--allow-empty", "--message", "base")
    base = git("rev-parse", "HEAD") if path else "0" * 40
    file = tmp_path / (path or "Makefile")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("changed\n")
    git("add", "--all")
    git("commit", "--quiet", "--message", "topic")
    step = INSTALLS["jobs"]["compare"]["steps"][-1]
    output = tmp_path / "output"
    variables = {"BASE": base, "GITHUB_OUTPUT": str(output), "PATH": os.environ["PATH"]}
    line = ["bash", "-eo", "pipefail", "-c", step["run"]]
    subprocess.run(line, cwd=tmp_path, env=variables, check=True, capture_output=True)
    assert output.read_text() == f"changed={changed}\n"


def test_only_jobs_of_a_pull_request_wait_for_the_reviewers_of_preview():
    """main's would wait every night, and whoever closes a pull request would."""
    for file in WORKFLOWS:
        content = yaml.safe_load(file.read_text())
        events = set(content[True])
        for name, job in content["jobs"].items():
            environment = str(job.get("environment", ""))
            if environment == PREVIEW:
                assert events == {"pull_request"}, f"{file.stem}-{name}"
            if environment == PREVIEW_REMOVAL:
                assert "pull_request" not in events, f"{file.stem}-{name}"


def test_beside_a_credential_only_what_a_deployment_needs_is_installed():
    """The tools of tests and lint are hundreds of packages; none runs where a token can be had."""
    setup = (ROOT / ".github/actions/setup/action.yml").read_text()
    assert re.findall(r"run: make (\S+)", setup) == [".venv/.runtime"]
    with_tools = re.findall(r"^([a-z-]+):.*\$\(DEV\)", MAKEFILE, re.MULTILINE)
    assert {"test", "lint", "test-workflow"} <= set(with_tools)
    for name, job in jobs():
        if "write" in job["permissions"].values():
            called = " ".join(step.get("run", "") for step in job.get("steps", []))
            assert not set(re.findall(r"make ([a-z-]+)", called)) & set(with_tools), name
            assert "npm " not in called, name


@pytest.mark.parametrize(
    ("file", "name"), [("deploy", "deploy"), ("operations", "rollback-digests")]
)
def test_images_are_verified_before_a_job_that_may_deploy_them(file: str, name: str):
    within = yaml.safe_load((ROOT / f".github/workflows/{file}.yml").read_text())["jobs"]
    (first,) = (within[need] for need in needs_of(within[name]) if need.startswith("verify"))
    assert "environment" not in first
    assert first["steps"][-1]["run"].startswith("python -m delivery verify ")
    asks = "needs.verify.result == 'success' || inputs.pull-request != ''"
    assert file != "deploy" or within[name]["if"] == f"${{{{ !cancelled() && ({asks}) }}}}"
