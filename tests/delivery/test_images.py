"""The pipeline's image builds are the program's own, and stacks deploy them by digest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.commands import images
from delivery.commands.digests import NOT_BUILT
from delivery.shared.errors import InputError
from delivery.shared.image_digests import ImageDigests, read_image_digests
from delivery.stack_files.images_section import write_digests
from settings.load import parse
from settings.problems import own_values
from settings.project import ROOT
from simulation import process
from tests.delivery.stack import DIGEST, OTHER_DIGEST, Stack, run
from tests.support import stacks
from tests.support.plans import plan_of_stack


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with the tests' staging and pull requests."""
    folder = tmp_path_factory.mktemp("project")
    stacks.make_project(folder, "staging")
    (folder / "infra").symlink_to(stacks.FILES / "infra")
    return folder


@pytest.fixture(scope="module")
def builds(project: Path) -> images.Builds:
    return images.builds_of("staging", project)


def test_every_image_that_the_stack_runs_is_baked(builds: images.Builds):
    assert set(builds) == set(plan_of_stack("staging").outputs["imageDigests"])


def _dates(builds: images.Builds) -> dict[str, int]:
    return dict.fromkeys(builds, 1_795_000_000)


def test_a_bake_target_is_the_programs_own_build(builds: images.Builds):
    targets = images.bake_file(builds, _dates(builds))["target"]
    for name, inputs in builds.items():
        build, target = inputs["build"], targets[name]
        assert (ROOT / str(target["dockerfile"])).is_file()
        assert (target["context"], target["dockerfile"]) == (build["context"], build["dockerfile"])
        assert target["platforms"] == [build["platform"]]
        assert "args" not in build
        assert target["tags"] == [inputs["imageName"]]


def test_what_is_pushed_is_dated_by_its_sources_and_is_no_index(builds: images.Builds):
    for target in images.bake_file(builds, _dates(builds))["target"].values():
        assert target["args"] == {"SOURCE_DATE_EPOCH": "1795000000"}
        assert target["attest"] == ["type=provenance,disabled=true", "type=sbom,disabled=true"]
        (output,) = target["output"]
        assert output.split(",")[0] == "type=registry"
        assert "rewrite-timestamp=true" in output.split(",")


def test_main_reads_no_cache_since_a_pull_request_may_write_to_the_registry(builds: images.Builds):
    for name, target in images.bake_file(builds, _dates(builds))["target"].items():
        assert "cache-from" not in target
        (written,) = target["cache-to"]
        assert f"ref=ghcr.io/acme/plataforma/{name}:staging-cache," in written


def test_a_pull_request_pushes_nothing_and_reads_mains_cache(builds: images.Builds):
    for name, target in images.bake_file(builds)["target"].items():
        assert target["output"] == ["type=cacheonly"]
        cache = f"type=registry,ref=ghcr.io/acme/plataforma/{name}:staging-cache"
        assert target["cache-from"] == [cache]
        assert "cache-to" not in target


def test_a_pull_requests_environment_has_its_own_tags_and_only_reads_mains_cache(project: Path):
    builds = images.builds_of_pull_request(7, project)
    assert set(builds) == {"backend", "frontend", "worker"}
    baked = images.bake_file(builds, _dates(builds), cache_tag="staging")
    for name, target in baked["target"].items():
        image = f"ghcr.io/acme/plataforma/{name}"
        assert target["tags"] == [f"{image}:pr7"]
        assert target["cache-from"] == [f"type=registry,ref={image}:staging-cache"]
        assert "cache-to" not in target
        assert target["output"][0].startswith("type=registry,")


def test_a_stack_file_deploys_the_built_images_and_builds_none(
    builds: images.Builds, tmp_path: Path
):
    metadata, file = tmp_path / "metadata.json", stacks.copy("staging", tmp_path)
    metadata.write_text(json.dumps({name: {images.DIGEST: DIGEST} for name in builds}))
    write_digests("staging", tmp_path, images.read_metadata(metadata, builds))
    content = yaml.safe_load(file.read_text())
    raw = own_values(content["config"])
    assert raw["images"]["digests"] == dict.fromkeys(sorted(builds), DIGEST)
    assert "build" not in raw["images"]
    raw["secrets"] |= {"JWT_SIGNING_KEYS": "ssm:/x", "REDIS_PASSWORD": "x" * 20}
    assert parse(raw).images.digests == dict.fromkeys(sorted(builds), DIGEST)


def test_the_scan_matrix_has_every_image_by_digest(builds: images.Builds):
    rows = images.matrix(builds, ImageDigests(dict.fromkeys(builds, DIGEST)))
    assert rows == [
        {"name": name, "image": f"ghcr.io/acme/plataforma/{name}@{DIGEST}"}
        for name in sorted(builds)
    ]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose staging has one more service, of an image that was never built."""
    stacks.make_project(tmp_path, "staging")
    (tmp_path / "images").unlink()
    shutil.copytree(ROOT / "images", tmp_path / "images")
    shutil.copy(ROOT / "images/Dockerfile.worker", tmp_path / "images/Dockerfile.mailer")
    monkeypatch.chdir(tmp_path)
    content = yaml.safe_load((tmp_path / "Pulumi.staging.yaml").read_text())
    services = content["config"]["plataforma:services"]
    services["mailer"] = {**services["worker"], "image": "mailer"}
    (tmp_path / "Pulumi.staging.yaml").write_text(yaml.safe_dump(content))
    return tmp_path


def _staging(clone: Path) -> list[str]:
    return ["--stack", "staging", "--project", str(clone)]


def test_a_preview_has_the_running_images_and_zeros_for_a_new_one(
    builds: images.Builds, clone: Path, stack: Stack
):
    stack.outputs["imageDigests"] = dict.fromkeys(builds, DIGEST)
    done = stack.run("digests", "--no-tasks", *_staging(clone))
    assert done.code == 0, done.said
    deployed = process.preview("staging", clone).outputs["imageDigests"]
    assert deployed == {**dict.fromkeys(builds, DIGEST), "mailer": NOT_BUILT}


def test_the_next_stack_deploys_the_digests_of_a_file_or_fails(builds: images.Builds, clone: Path):
    file = clone / "digests.json"
    command = ["digests", "--digests", str(file), *_staging(clone)]
    file.write_text(ImageDigests({**dict.fromkeys(builds, DIGEST), "mailer": DIGEST}).to_json())
    assert run(command).code == 0
    deployed = process.preview("staging", clone).outputs["imageDigests"]
    assert deployed == dict.fromkeys([*builds, "mailer"], DIGEST)
    before = (clone / "Pulumi.staging.yaml").read_text()
    file.write_text(ImageDigests(dict.fromkeys(builds, DIGEST)).to_json())
    done = run(command)
    assert (done.code, (clone / "Pulumi.staging.yaml").read_text()) == (2, before)
    assert "stack staging has images without a digest: mailer" in done.err


def test_before_the_first_deployment_the_stack_file_is_not_changed(clone: Path):
    file, outputs = clone / "Pulumi.staging.yaml", clone / "outputs.json"
    before = file.read_text()
    outputs.write_text("{}")
    done = run(["digests", "--outputs", str(outputs), "--no-tasks", *_staging(clone)])
    assert (done.code, file.read_text()) == (0, before)
    assert "staging is not deployed yet" in done.out


def test_a_mistake_in_a_stack_file_is_reported_as_by_the_program(clone: Path):
    file = clone / "Pulumi.staging.yaml"
    file.write_text(file.read_text().replace("plataforma:database:", "plataforma:databse:"))
    done = run(["images", *_staging(clone), "--bake", str(clone / "bake.json")])
    assert done.code == 2
    assert "plataforma:databse: unknown key. Did you mean database?" in done.err


def test_another_projects_stack_file_is_not_changed(tmp_path: Path):
    file = tmp_path / "Pulumi.other.yaml"
    file.write_text("config: {}\n")
    with pytest.raises(InputError, match="not a stack file of this project"):
        write_digests("other", tmp_path, ImageDigests({"backend": DIGEST}))
    assert file.read_text() == "config: {}\n"


def test_an_image_without_a_digest_is_named(builds: images.Builds, tmp_path: Path):
    metadata = tmp_path / "metadata.json"
    content: dict[str, Any] = {name: {images.DIGEST: DIGEST} for name in builds}
    metadata.write_text(json.dumps({**content, "loki": {}}))
    with pytest.raises(InputError, match="has no digest of loki"):
        images.read_metadata(metadata, builds)
    metadata.write_text(json.dumps({**content, "loki": {images.DIGEST: "latest"}}))
    with pytest.raises(InputError, match="has a wrong digest"):
        images.read_metadata(metadata, builds)
    metadata.write_text("[]")
    with pytest.raises(InputError, match="not a metadata file"):
        images.read_metadata(metadata, builds)


# The type, and its file


def test_digests_change_only_as_copies_and_name_their_differences():
    one = ImageDigests({"worker": DIGEST, "backend": DIGEST})
    other = one | {"worker": OTHER_DIGEST, "frontend": DIGEST}
    assert list(one) == ["backend", "worker"]
    assert one["worker"] == DIGEST
    assert one.differences(other) == ["worker"], "what another stack runs besides is no difference"
    assert other.differences(one) == ["frontend", "worker"]
    assert one.differences(ImageDigests(dict(one))) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "has no imageDigests. Write it with"),
        ("[]", "has no imageDigests"),
        ('{"imageDigests": {"backend": "latest"}}', "not a digest .* hex digits.: backend"),
        ('{"imageDigests": ["backend"]}', "not a digest .* hex digits.: imageDigests"),
        ("", "is empty. Check the output of"),
    ],
)
def test_a_file_without_digests_is_refused(tmp_path: Path, text: str, problem: str):
    file = tmp_path / "digests.json"
    file.write_text(text)
    with pytest.raises(InputError, match=problem):
        read_image_digests(file)


def test_a_file_of_digests_and_a_stacks_outputs_are_read_alike(tmp_path: Path):
    digests = ImageDigests({"backend": DIGEST})
    for name, text in (
        ("digests.json", digests.to_json()),
        ("outputs.json", json.dumps({"cluster": "c", "imageDigests": dict(digests)})),
    ):
        (tmp_path / name).write_text(text)
        assert read_image_digests(tmp_path / name) == digests
