"""Moving a stack to another key, with the real CLI and a backend in a folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from commands.rekey import RekeyError, encrypted, own_key, rekey, stacks_to_move
from settings import stack_file
from settings.project import ROOT
from tests.support.stacks import FILES

REAL = {"JWT_SIGNING_KEYS": "real-keys-of-tokens", "REDIS_PASSWORD": "real-password-of-redis"}
IN_SECRETS_MANAGER = """\
    REDIS_PASSWORD:
      store: secretsmanager
      value:
        secure: """


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone's stack file, and an owner who is logged in to a new backend."""
    folder, state = tmp_path / "project", tmp_path / "state"
    folder.mkdir()
    state.mkdir()
    (folder / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    text = (FILES / "Pulumi.staging.yaml").read_text()
    plain = "    REDIS_PASSWORD:\n      secure: "
    assert plain in text
    (folder / "Pulumi.staging.yaml").write_text(text.replace(plain, IN_SECRETS_MANAGER))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{state}")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_SKIP_UPDATE_CHECK", "true")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "the-owner's-own")
    return folder


def decrypted(pulumi: Path, project: Path) -> dict[str, object]:
    command = [str(pulumi), "config", "--stack", "staging", "--show-secrets", "--json"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    return json.loads(json.loads(done.stdout)["plataforma:secrets"]["value"])


def test_a_stack_moves_to_its_owners_key_with_real_values(pulumi_cli: Path, project: Path):
    file = project / "Pulumi.staging.yaml"
    before = file.read_text()
    old_ciphertext = [
        line.split()[-1] for line in before.splitlines() if line.strip().startswith("secure: ")
    ]
    assert rekey(project, "staging", "passphrase", REAL) == sorted(REAL)
    after = file.read_text()
    assert not [text for text in [*old_ciphertext, *REAL.values()] if text in after]
    assert [line for line in before.splitlines() if line.lstrip().startswith("#")] == [
        line for line in after.splitlines() if line.lstrip().startswith("#")
    ]
    secrets = decrypted(pulumi_cli, project)
    assert secrets["JWT_SIGNING_KEYS"] == REAL["JWT_SIGNING_KEYS"]
    assert secrets["REDIS_PASSWORD"] == {"store": "secretsmanager", "value": REAL["REDIS_PASSWORD"]}
    assert secrets["REGISTRY_CREDENTIALS"] == "secretsmanager:plataforma/registry"


def test_a_stack_that_lives_moves_to_a_new_key_again(pulumi_cli: Path, project: Path):
    rekey(project, "staging", "passphrase", REAL)
    newer = {**REAL, "JWT_SIGNING_KEYS": "newer-keys-of-tokens"}
    rekey(project, "staging", "passphrase", newer)
    assert decrypted(pulumi_cli, project)["JWT_SIGNING_KEYS"] == newer["JWT_SIGNING_KEYS"]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "JWT_SIGNING_KEYS, REDIS_PASSWORD"),
        ({**REAL, "REDIS_PASSWORD": "placeholder-redis-password"}, "REDIS_PASSWORD"),
    ],
)
def test_without_every_real_value_the_stack_file_stays_as_it_was(
    project: Path, values: dict[str, str], named: str
):
    before = (project / "Pulumi.staging.yaml").read_text()
    with pytest.raises(RekeyError, match=f"a real value is missing: {named}$"):
        rekey(project, "staging", "passphrase", values)
    assert (project / "Pulumi.staging.yaml").read_text() == before


@pytest.mark.usefixtures("pulumi_cli")
def test_a_provider_that_cannot_be_reached_leaves_everything_as_it_was(project: Path):
    before = (project / "Pulumi.staging.yaml").read_text()
    with pytest.raises(RekeyError, match="stack init"):
        rekey(project, "staging", "hashivault://no-such-key", REAL)
    assert (project / "Pulumi.staging.yaml").read_text() == before
    assert sorted(path.name for path in project.iterdir()) == ["Pulumi.staging.yaml", "Pulumi.yaml"]


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_every_encrypted_value_of_a_stack_is_asked_for(stack: str):
    content = stack_file.load(FILES / f"Pulumi.{stack}.yaml")
    text = (FILES / f"Pulumi.{stack}.yaml").read_text()
    assert len(encrypted(content)) == sum("secure:" in line for line in text.splitlines())


def test_the_environments_that_are_not_at_their_key_are_moved(tmp_path: Path):
    shutil.copytree(FILES, tmp_path, dirs_exist_ok=True)
    assert stacks_to_move(tmp_path) == ["staging", "prod"]
    file = tmp_path / "Pulumi.staging.yaml"
    provider = own_key(stack_file.load(file), "staging")
    file.write_text(f"secretsprovider: {provider}\n{file.read_text()}")
    assert stacks_to_move(tmp_path) == ["prod"]
    file.write_text(file.read_text().replace("ssm:/", "{secure: unset} # ssm:/", 1))
    assert stacks_to_move(tmp_path) == ["staging", "prod"]
