"""What is done once before the first deployment: the account's state, with the real CLI and
backends in folders, and the settings of GitHub."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bootstrap import settings
from bootstrap.settings import STACK
from commands.live import account, github
from commands.rekey import own_key
from tests.bootstrap import account as committed
from tests.support.plans import only

ROLE = "aws:iam/role:Role"
RESOURCE = {
    "urn": "urn:pulumi:account::bootstrap::pulumi:pulumi:Stack::bootstrap-account",
    "custom": False,
    "type": "pulumi:pulumi:Stack",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bootstrap"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: bootstrap\nruntime: python\n")
    (folder / "Pulumi.account.yaml").write_text("config:\n  bootstrap:region: eu-west-1\n")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_SKIP_UPDATE_CHECK", "true")
    return folder


def run(folder: Path, backend: str, *arguments: str) -> str:
    return account._pulumi(folder, backend, *arguments)  # pyright: ignore[reportPrivateUsage]


def state(folder: Path, backend: str) -> list[str]:
    found = json.loads(run(folder, backend, "stack", "export", "--stack", STACK))
    return [resource["urn"] for resource in found["deployment"].get("resources", [])]


@pytest.mark.usefixtures("pulumi_cli")
def test_the_account_s_state_moves_into_the_bucket_and_an_interruption_loses_nothing(
    folder: Path, tmp_path: Path
):
    remote = f"file://{tmp_path / 'bucket'}"
    assert not account.has_stack(folder, remote)
    (tmp_path / "bucket").mkdir()
    run(folder, account.LOCAL, "stack", "init", STACK, "--secrets-provider", "passphrase")
    deployment = {"version": 3, "deployment": {"manifest": {}, "resources": [RESOURCE]}}
    (folder / "state.json").write_text(json.dumps(deployment))
    run(folder, account.LOCAL, "stack", "import", "--stack", STACK, "--file", "state.json")
    # Interrupted: the stack is there, its state is not.
    run(folder, remote, "stack", "init", STACK, "--no-select", "--secrets-provider", "passphrase")
    account.move(folder, remote)
    assert state(folder, remote) == [RESOURCE["urn"]]
    assert not account.has_stack(folder, account.LOCAL)
    assert not (folder / account.EXPORT).exists()
    assert "bootstrap:region: eu-west-1" in (folder / "Pulumi.account.yaml").read_text()


def test_github_s_variables_are_the_roles_that_the_account_has():
    given = settings.parse(committed.raw())
    calls = [call.arguments for call in github.calls(given, "s3://state", 7)]
    roles = {words[4].rpartition("/")[2] for words in calls if "AWS_ROLE" in words[2]}
    plan = committed.plan()
    assert {only(plan, ROLE, name).inputs["name"] for name in committed.PIPELINE_ROLES} == roles


def test_reviewers_are_asked_in_environments_of_their_own_for_all_but_the_first():
    """A job that deploys or rolls back waits for nobody."""
    raw = committed.raw()
    first, second = raw["environments"]
    for approval in (True, False):
        given = settings.parse(raw | {"environments": [first, {**second, "approval": approval}]})
        rules = {
            call.arguments[3].rpartition("/")[2]: call.body or {}
            for call in github.calls(given, "s3://state", 7)
            if "/environments/" in " ".join(call.arguments)
        }
        asked = {name for name, body in rules.items() if body.get("reviewers")}
        assert asked == ({f"{second['name']}-approval"} if approval else set[str]())
        protected = {"protected_branches": True, "custom_branch_policies": False}
        for name in {first["name"], second["name"], *asked}:
            assert rules[name]["deployment_branch_policy"] == protected


def test_a_repository_with_ids_in_its_claim_is_addressed_by_its_names():
    raw = committed.raw() | {"repository": "acme@12/plataforma@345"}
    assert github.repository_of(settings.parse(raw)) == "acme/plataforma"


def test_a_stack_moves_to_the_key_that_the_account_made_for_it():
    aliases = {
        resource.inputs["name"] for resource in committed.plan().of_type("aws:kms/alias:Alias")
    }
    name = settings.parse(committed.raw()).environments[0].name
    content = {"config": {"plataforma:region": "eu-west-1"}}
    key, _, region = own_key(content, name).removeprefix("awskms://").partition("?region=")
    assert key in aliases
    assert region == "eu-west-1"


def test_the_backend_is_the_bucket_of_the_account_s_stack_file(tmp_path: Path):
    text = "config:\n  plataforma:stateBucket: x-state\n  plataforma:region: eu-west-1\n"
    (tmp_path / "Pulumi.account.yaml").write_text(text)
    assert account.remote_backend(tmp_path) == "s3://x-state?region=eu-west-1"
