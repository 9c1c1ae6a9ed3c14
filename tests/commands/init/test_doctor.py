"""What a stack still lacks, in words, where a clone was made a team's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands import tools
from commands.init import answers as answers_file
from commands.init.apply import apply
from tests.commands.init import scratch
from tests.delivery.github_server import TOKEN, github

STACK = "prod"
FILE = f"Pulumi.{STACK}.yaml"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made a team's own by answers that are all real."""
    folder = scratch.copy(tmp_path_factory.mktemp("own"))
    apply(folder, answers_file.read(scratch.ANSWERS / "everything.yaml"))
    scratch.python(folder, "-m", "commands.render.workflows")
    return folder


def doctor(folder: Path, stack: str = STACK, **more: str) -> tuple[int, list[str]]:
    """Without a token, unless `more` variables have one."""
    command = [sys.executable, "-m", "commands.doctor", "--stack", stack]
    variables = {**os.environ, "PYTHONPATH": "", "PATH": "", "GITHUB_TOKEN": "", "GH_TOKEN": ""}
    variables |= more
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_of_real_answers_only_the_owners_the_key_and_the_cli_are_left(
    own: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", "")
    code, said = doctor(own)
    assert code == 1
    left = said[: said.index("Programs on this machine:")]
    known = [line for line in left if line.startswith("  ") and "create it" not in line]
    assert known.pop().startswith("  initech/whole: not looked up: `gh auth login` first")
    assert known == [
        "  .github/CODEOWNERS: holds placeholders: name teams or people of your own, and remove "
        "its first line.",
        f"  {FILE}: has no key yet: after `make bootstrap`, `make rekey STACK={STACK}`, which asks "
        "for JWT_SIGNING_KEYS, REDIS_PASSWORD, BROKER_PASSWORD.",
        f"  {tools.pulumi()}",
    ]
    assert f"{STACK}: 3 to do" in said
    assert any(line.startswith("  Node: not on PATH.") for line in said)
    wanted = "aws ssm put-parameter --type SecureString --name /whole/prod/grafana-admin-password"
    assert any(wanted in line for line in said)


def test_the_repository_s_settings_are_looked_up_where_there_is_a_token(own: Path):
    with github() as repository:
        signed_in = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": repository.url}
        _, said = doctor(own, **signed_in)
        missing = "  initech/whole, environment preview: does not exist: the first job"
        assert [line for line in said if line.startswith(missing)], said
        command = [sys.executable, "-m", "commands.live.github", "--reviewer", "octocat", "hubot"]
        variables = {**os.environ, "PYTHONPATH": "", **signed_in}
        done = subprocess.run(
            command, cwd=own, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        _, said = doctor(own, **signed_in)
        assert not [line for line in said if "initech/whole" in line], said


ACCOUNT = "bootstrap/Pulumi.account.yaml"
ZONE = "Z0987654321WHOLE"
PROMOTION = ".github/workflows/promote.yml"
Change = tuple[str, str, str]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            [
                (FILE, '"210987654321"', '"123456789012"'),
                (FILE, "ops@whole.initech.dev", "a@example.com"),
                (FILE, "multiAz: true", "multiAz: false"),
                (PROMOTION, "needs: staging", "needs: x"),
                (FILE, "config:\n", f"config:\n  whole:zones: {{initech.org: {ZONE}}}\n"),
            ],
            [
                "whole:account: 123456789012 is the sample account: write your own.",
                f"whole:zones: {ZONE} here, none in bootstrap/Pulumi.account.yaml: the roles allow",
                "whole:account: 123456789012 here, 210987654321 in bootstrap/Pulumi.account.yaml",
                "a@example.com is a domain for examples: write your own.",
                "database: has no standby in production: set whole:database.multiAz to true",
                f"{PROMOTION}: is not current: run `make workflows`.",
            ],
        ),
        (
            [
                (FILE, "instanceClass: db", "instnceClass: db"),
                (ACCOUNT, "name: prod", "name: live"),
                (FILE, "config:\n", "secretsprovider: awskms://alias/x\nconfig:\n"),
            ],
            [
                "Did you mean instanceClass?",
                "prod is missing here. `make environment NAME=prod` adds one everywhere.",
                "whole:secrets.REDIS_PASSWORD: has no value: `make secret STACK=prod NAME=REDIS",
            ],
        ),
    ],
    ids=["of a plan", "before a plan"],
)
def test_what_is_wrong_is_said_with_its_place(
    own: Path, changes: list[Change], expected: list[str]
):
    before = {name: (own / name).read_text() for name, _, _ in changes}
    for name, old, new in changes:
        change(own / name, old, new)
    code, said = doctor(own)
    for name, text in before.items():
        (own / name).write_text(text)
    assert code == 1
    for text in expected:
        assert [line for line in said if text in line], "\n".join([text, *said])


def test_a_stack_without_a_file_is_an_error(own: Path):
    assert doctor(own, "nowhere") == (
        2,
        ["doctor: Pulumi.nowhere.yaml does not exist; stacks with a file: prod, staging"],
    )


def test_images_in_ecr_need_the_registry_of_the_account(tmp_path: Path):
    folder = scratch.copy(tmp_path)
    apply(folder, answers_file.read(scratch.ANSWERS / "worker-on-sqs.yaml"))
    _, before = doctor(folder)
    assert not [line for line in before if "mailer:registry" in line]
    text = "mailer:repository: owner/mailer is of the sample's owner: write your own."
    assert [line for line in before if text in line], "git knows no origin"
    account = folder / ACCOUNT
    change(account, "  mailer:registry:", "  # mailer:registry:")
    _, said = doctor(folder)
    text = "mailer:registry: none, but the stack's images are in 210987654321.dkr.ecr"
    assert [line for line in said if text in line]


def test_jobs_and_internal_services_are_no_findings(tmp_path: Path):
    folder = scratch.copy(tmp_path)
    apply(folder, answers_file.read(scratch.ANSWERS / "four-services.yaml"))
    scratch.python(folder, "-m", "commands.render.workflows")
    buckets = "  market:buckets: {uploads: {}}\n  market:services:\n"
    change(folder / FILE, "  market:services:\n", buckets)
    _, said = doctor(folder)
    assert f"{STACK}: 3 to do" in said, said


def test_a_section_of_another_kind_is_refused_in_words(own: Path):
    name = answers_file.read(scratch.ANSWERS / "everything.yaml").project
    config = f"{{{name}:images: a, {name}:secrets: [a]}}"
    (own / "Pulumi.qa.yaml").write_text(f"config: {config}\n")
    code, said = doctor(own, "qa")
    assert code == 1
    assert any(line.startswith(f"  Pulumi.qa.yaml, {name}:secrets") for line in said), said
