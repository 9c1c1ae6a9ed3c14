"""What the pipeline builds is what the program would build."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.commands import images
from delivery.shared.errors import InputError
from delivery.stack_files.digest_block import written
from settings.load import parse
from settings.project import ROOT
from tests.delivery.stack import Stack, run

DIGEST = "sha256:" + "a" * 64


@pytest.fixture(scope="module")
def builds() -> dict[str, Any]:
    return images.builds_of("staging")


def test_every_image_with_a_dockerfile_is_baked_and_no_other(builds: dict[str, Any]):
    files = {file.suffix[1:] for file in (ROOT / "images").glob("Dockerfile.*")}
    assert set(builds) == files


def test_a_bake_target_is_the_programs_own_build(builds: dict[str, Any]):
    targets = images.bake_file(builds, push=True)["target"]
    for name, inputs in builds.items():
        build, target = inputs["build"], targets[name]
        assert (ROOT / str(target["dockerfile"])).is_file()
        assert (target["context"], target["dockerfile"]) == (build["context"], build["dockerfile"])
        assert target["platforms"] == [build["platform"]]
        assert target["args"] == build["args"]
        assert target["tags"] == [inputs["imageName"]]
        assert target["attest"] == ["type=provenance,mode=max", "type=sbom"]


def test_a_pull_request_pushes_nothing(builds: dict[str, Any]):
    for target in images.bake_file(builds, push=False)["target"].values():
        assert target["output"] == ["type=cacheonly"]
        assert "cache-to" not in target


def test_a_pull_requests_environment_has_its_own_tags_and_reads_mains_cache_alone():
    builds = images.builds_of_pull_request(7)
    assert set(builds) == {"backend", "frontend", "worker"}
    baked = images.bake_file(builds, push=True, cache_of="staging")
    for name, target in baked["target"].items():
        image = f"ghcr.io/acme/plataforma/{name}"
        assert target["tags"] == [f"{image}:pr7"]
        assert target["cache-from"] == [f"type=registry,ref={image}:staging-cache"]
        assert "cache-to" not in target
        assert target["output"] == ["type=registry"]


def test_a_stack_file_deploys_what_was_built_and_builds_nothing(
    builds: dict[str, Any], tmp_path: Path
):
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps({name: {images.DIGEST: DIGEST} for name in builds}))
    file = Path(shutil.copy(ROOT / "Pulumi.staging.yaml", tmp_path))
    images.deploy(file, images.read_digests(metadata, builds))
    content = yaml.safe_load(file.read_text())
    raw = {key.partition(":")[2]: value for key, value in content["config"].items()}
    assert raw["images"]["digests"] == dict.fromkeys(sorted(builds), DIGEST)
    assert "build" not in raw["images"]
    raw["secrets"] |= {"JWT_SIGNING_KEYS": "ssm:/x", "REDIS_PASSWORD": "x" * 20}
    assert parse(raw).images.digests == dict.fromkeys(sorted(builds), DIGEST)


def test_what_was_built_is_told_with_its_platform(builds: dict[str, Any]):
    told = images.references(builds, dict.fromkeys(builds, DIGEST))
    assert {image["reference"] for image in told} == {
        f"ghcr.io/acme/plataforma/{name}@{DIGEST}" for name in builds
    }
    assert {image["platform"] for image in told} == {"linux/arm64"}


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose staging has one more service, of an image that was never built."""
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path)
    content = yaml.safe_load((ROOT / "Pulumi.staging.yaml").read_text())
    services = content["config"]["plataforma:services"]
    services["mailer"] = {**services["worker"], "image": "mailer"}
    (tmp_path / "Pulumi.staging.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.setattr(images, "ROOT", tmp_path)
    return tmp_path


def test_a_preview_is_of_the_images_that_run_and_one_that_is_new_has_no_digest_yet(
    builds: dict[str, Any], clone: Path, stack: Stack
):
    stack.outputs["imageDigests"] = dict.fromkeys(builds, DIGEST)
    done = stack.run("digests", "--no-tasks", "--stack", "staging")
    assert done.code == 0, done.said
    asked = images.process.preview("staging", clone).outputs["imageDigests"]
    assert asked == {**dict.fromkeys(builds, DIGEST), "mailer": images.NOT_BUILT}


def test_the_next_stack_asks_for_just_the_digests_that_it_is_given(
    builds: dict[str, Any], clone: Path
):
    given = clone / "digests.json"
    command = ["digests", "--given", str(given), "--stack", "staging"]
    given.write_text(written({**dict.fromkeys(builds, DIGEST), "mailer": DIGEST}))
    assert run(command).code == 0
    asked = images.process.preview("staging", clone).outputs["imageDigests"]
    assert asked == dict.fromkeys([*builds, "mailer"], DIGEST)
    before = (clone / "Pulumi.staging.yaml").read_text()
    given.write_text(written(dict.fromkeys(builds, DIGEST)))
    done = run(command)
    assert (done.code, (clone / "Pulumi.staging.yaml").read_text()) == (2, before)
    assert "stack staging wants images that have no digest: mailer" in done.err


def test_before_the_first_deployment_a_preview_is_of_the_file_as_it_is(clone: Path):
    file, outputs = clone / "Pulumi.staging.yaml", clone / "outputs.json"
    before = file.read_text()
    outputs.write_text("{}")
    done = run(["digests", "--outputs", str(outputs), "--no-tasks", "--stack", "staging"])
    assert (done.code, file.read_text()) == (0, before)
    assert "staging is not deployed yet" in done.out


def test_a_mistake_in_a_stack_file_is_told_as_the_program_tells_it(clone: Path):
    file = clone / "Pulumi.staging.yaml"
    file.write_text(file.read_text().replace("plataforma:database:", "plataforma:databse:"))
    done = run(["images", "--stack", "staging", "--bake", str(clone / "bake.json")])
    assert done.code == 2
    assert "plataforma:databse: unknown key. Did you mean database?" in done.err


def test_a_file_that_is_no_stack_file_is_left_as_it_was(tmp_path: Path):
    file = tmp_path / "other.yaml"
    file.write_text("config: {}\n")
    with pytest.raises(InputError, match="no stack file of this project"):
        images.deploy(file, {"backend": DIGEST})
    assert file.read_text() == "config: {}\n"


def test_an_image_without_a_digest_is_named(builds: dict[str, Any], tmp_path: Path):
    metadata = tmp_path / "metadata.json"
    metadata.write_text(
        json.dumps({name: {images.DIGEST: DIGEST} for name in builds if name != "loki"})
    )
    with pytest.raises(InputError, match="loki"):
        images.read_digests(metadata, builds)
    metadata.write_text("[]")
    with pytest.raises(InputError, match="metadata-file"):
        images.read_digests(metadata, builds)
