"""A copy of this project becomes a team's own by a file of answers, and is what was asked for."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from commands.init import answers as answers_file
from commands.init import apply as applied
from commands.init.answers import AnswerError, Answers
from commands.init.apply import apply
from commands.init.rename import tracked
from commands.init.upstream import OWNER
from settings.problems import NAMESPACE
from settings.settings import Settings
from tests.commands.init import scratch
from tests.commands.init.scratch import ANSWERS, NAMES

needs_optional_parts = pytest.mark.skipif(
    Settings.model_fields["domain"].is_required(), reason="every stack needs a domain and stores"
)


def given(name: str) -> Answers:
    return answers_file.read(ANSWERS / f"{name}.yaml")


@needs_optional_parts
@pytest.mark.parametrize("name", NAMES)
def test_each_environment_of_the_answers_previews_and_breaks_no_rule(name: str, tmp_path: Path):
    answers = given(name)
    folder = scratch.copy(tmp_path)
    apply(folder, answers)
    for environment in answers.environments:
        plan = scratch.preview(folder, environment)
        made = {resource["name"] for resource in plan["resources"]}
        assert made >= set(answers.named("web", "api", "worker", "internal"))
    raw = yaml.safe_load((folder / "bootstrap/Pulumi.account.yaml").read_text())["config"]
    listed = [one["name"] for one in raw[f"{answers.project}:environments"]]
    assert listed == list(answers.environments)


def test_the_project_s_name_and_its_owner_s_are_nowhere_left(tmp_path: Path):
    folder = scratch.copy(tmp_path)
    apply(folder, given("everything"))
    left = [
        str(name)
        for name in tracked(folder)
        if re.search(rf"(?i){NAMESPACE}(?!-sample)", _text(folder / name) + name.name)
    ]
    assert left == []
    owners = {str(n) for n in tracked(folder) if re.search(rf"\b{OWNER}\b", _text(folder / n))}
    examples = {n for n in owners if "tests/" in n or n.startswith("docs/examples/")}
    assert owners - examples == {"commands/init/upstream.py"}


def test_the_examples_preview_whatever_the_registry(tmp_path: Path):
    """They name the sample account, so that no other account's ECR may stand beside it."""
    folder = scratch.copy(tmp_path)
    apply(folder, given("worker-on-sqs"))
    shutil.copy(folder / "docs/examples/Pulumi.web.yaml", folder)
    assert scratch.preview(folder, "web")["resources"]


def test_a_second_run_changes_nothing(tmp_path: Path):
    folder = scratch.copy(tmp_path)
    apply(folder, given("three-environments"))
    before = scratch.contents(folder)
    report = apply(folder, given("three-environments"))
    assert scratch.contents(folder) == before
    assert (report.written, report.kept, report.removed) == ([], [], [])


def test_another_answer_later_writes_what_is_as_it_was_and_keeps_what_was_edited(tmp_path: Path):
    folder = scratch.copy(tmp_path)
    first = given("everything")
    apply(folder, first)
    edited = folder / "Pulumi.prod.yaml"
    edited.write_text(edited.read_text().replace("10.30.0.0/16", "10.99.0.0/16"))
    report = apply(folder, first.model_copy(update={"monitoring": "off"}))
    assert report.kept == ["Pulumi.prod.yaml"]
    assert report.written == ["Pulumi.staging.yaml"]
    assert "10.99.0.0/16" in edited.read_text()
    assert "monitoring" not in (folder / "Pulumi.staging.yaml").read_text()


def test_another_name_is_refused_the_second_time(tmp_path: Path):
    folder = scratch.copy(tmp_path)
    first = given("everything")
    apply(folder, first)
    before = scratch.contents(folder)
    with pytest.raises(AnswerError, match="project: is whole already"):
        apply(folder, first.model_copy(update={"project": "other"}))
    assert scratch.contents(folder) == before


def test_an_environment_that_was_added_later_is_not_forgotten(tmp_path: Path):
    folder = scratch.copy(tmp_path)
    first = given("web-alone")
    apply(folder, first)
    scratch.python(folder, "-c", "from commands.init.environment import *; add(ROOT, 'qa')")
    before = scratch.contents(folder)
    message = r"environments: qa is missing, .* Write \[live, qa\], or delete Pulumi.qa.yaml first"
    with pytest.raises(AnswerError, match=message):
        apply(folder, first)
    assert scratch.contents(folder) == before
    apply(folder, answers_file.read(folder / answers_file.FILE))
    assert scratch.contents(folder) == before


def test_no_sample_s_stack_file_stays(tmp_path: Path):
    folder = scratch.copy(tmp_path)
    apply(folder, given("web-alone"))
    assert [path.name for path in folder.glob("Pulumi.*.yaml")] == ["Pulumi.live.yaml"]


def test_a_service_without_an_application_gets_a_first_image():
    files = {str(path) for path in applied.files(given("four-services"))}
    assert {"images/Dockerfile.pricing", "images/Dockerfile.pricing.dockerignore"} <= files
    assert {"images/storefront/index.html", "images/pricing/main.js"} <= files
    assert not [path for path in applied.files(given("everything")) if path.parts[0] == "images"]


@needs_optional_parts
def test_services_named_like_the_samples_run_images_of_their_own(tmp_path: Path):
    """The samples' Dockerfiles stay: they would build the sample."""
    answers = Answers(project="shop", samples="leave-out")
    folder = scratch.copy(tmp_path)
    apply(folder, answers)
    assert "COPY api/" in (folder / "images/Dockerfile.backend").read_text()
    assert "images/shop-backend/main.js" in scratch.contents(folder)
    digests = scratch.preview(folder, "staging")["outputs"]["imageDigests"]
    assert set(digests) == {"shop-backend", "shop-frontend", "shop-worker"}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_with_images_in_ecr_the_repository_is_the_origin_that_git_knows(tmp_path: Path):
    folder = scratch.copy(tmp_path)
    address = "git@github.com:Initech/mailer.git"
    scratch.run(folder, "git", "remote", "add", "origin", address)
    for times in range(2):
        report = apply(folder, given("worker-on-sqs"))
        text = (folder / "bootstrap/Pulumi.account.yaml").read_text()
        assert "  mailer:repository: Initech/mailer\n" in text, times
        assert report.kept == []
