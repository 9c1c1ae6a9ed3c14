"""What the pipeline builds is what the program would build."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.settings import parse
from delivery import images
from delivery.errors import InputError
from tests.plans import ROOT

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
