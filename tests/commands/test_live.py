"""What is done once before the first deployment: the account's state, with the real CLI and
backends in folders, and the keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bootstrap import settings
from bootstrap.settings import STACK
from commands.live import account
from commands.rekey import own_key
from tests.bootstrap import account as committed

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
