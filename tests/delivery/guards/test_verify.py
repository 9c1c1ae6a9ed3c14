"""Only what main's pipeline signed is deployed: real cosign, images in a real registry."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from delivery.commands.guards.verify import ISSUER, SERVER, SIGNER
from delivery.shared.image_digests import ImageDigests
from delivery.stack_files.images_section import write_digests
from settings.project import ROOT
from tests.delivery.guards.signing import Signing
from tests.delivery.stack import DIGEST, Run, run
from tests.support import stacks
from tests.support.nginx_server import free_port

REPOSITORY = "acme/plataforma"
MAIN = f"{SERVER}/{REPOSITORY}/{SIGNER}"
IMAGE = "acme/plataforma/backend"
# What could be signed with a token of GitHub's, or of another issuer, and is not main's pipeline.
OTHERS = {
    "a pull request": (MAIN.replace("refs/heads/main", "refs/pull/7/merge"), ISSUER),
    "a pushed branch": (MAIN.replace("refs/heads/main", "refs/heads/topic"), ISSUER),
    "a branch that goes on": (f"{MAIN}2", ISSUER),
    "a tag called main": (MAIN.replace("refs/heads/main", "refs/tags/main"), ISSUER),
    "another workflow of main": (MAIN.replace("cicd.yml", "environment.yml"), ISSUER),
    "another repository": (MAIN.replace(REPOSITORY, "evil/plataforma"), ISSUER),
    "another issuer": (MAIN, "https://token.actions.githubusercontent.com.evil.example"),
}


def verify(folder: Path, *more: str, path: str = "") -> Run:
    """With `path` before PATH."""
    arguments = ["verify", "--stack", "staging", "--project", str(folder), *more]
    variables = {"GITHUB_REPOSITORY": REPOSITORY, "GITHUB_SERVER_URL": SERVER}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{path}{os.pathsep}{os.environ['PATH']}" if path else "")
        return run(arguments, environment=variables)


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signing]:
    folder = tmp_path_factory.mktemp("signing")
    address = f"127.0.0.1:{free_port()}"
    file = folder / "registry.yml"
    storage = f"storage: {{filesystem: {{rootdirectory: {folder / 'registry'}}}}}"
    file.write_text(f"version: 0.1\n{storage}\nhttp: {{addr: '{address}'}}\n")
    with (folder / "registry.log").open("w") as log:
        server = subprocess.Popen(["docker-registry", "serve", str(file)], stdout=log, stderr=log)
    try:
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(transport=transport) as client:
            client.get(f"http://{address}/v2/").raise_for_status()
        yield Signing(folder, address)
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Of which the stack file names digests."""
    stacks.copy("staging", tmp_path)
    write_digests("staging", tmp_path, ImageDigests({"backend": DIGEST}))
    return tmp_path


def deploying(project: Path, registry: str, digest: str) -> Path:
    file = project / "Pulumi.staging.yaml"
    content = yaml.safe_load(file.read_text())
    images = content["config"]["plataforma:images"]
    images |= {"registry": f"{registry}/{REPOSITORY}", "digests": {"backend": digest}}
    file.write_text(yaml.safe_dump(content))
    return project


@pytest.mark.needs("cosign", "docker-registry")
def test_an_image_of_mains_pipeline_is_deployed(signing: Signing, project: Path):
    digest = signing.push(IMAGE)
    signing.sign(IMAGE, digest, MAIN, ISSUER)
    done = verify(deploying(project, signing.registry, digest), path=str(signing.folder / "bin"))
    assert done.code == 0, done.said
    assert f"signed by {MAIN}" in done.out


@pytest.mark.needs("cosign", "docker-registry")
@pytest.mark.parametrize("who", OTHERS)
def test_an_image_that_another_signed_is_not(signing: Signing, project: Path, who: str):
    image = f"{REPOSITORY}/{who.replace(' ', '-')}"
    digest = signing.push(image)
    signing.sign(image, digest, *OTHERS[who])
    folder = deploying(project, signing.registry, DIGEST)
    named = ("--digests", f"{image.rpartition('/')[2]}={digest}")
    done = verify(folder, *named, path=str(signing.folder / "bin"))
    assert done.code == 1, done.said
    assert "no matching CertificateIdentity found" in done.out
    assert "1 of 1 images are not signed" in done.err


@pytest.mark.needs("cosign", "docker-registry")
def test_an_image_that_nobody_signed_is_not(signing: Signing, project: Path):
    digest = signing.push(f"{REPOSITORY}/unsigned")
    folder = deploying(project, signing.registry, DIGEST)
    named = ("--digests", f"unsigned={digest}")
    done = verify(folder, *named, path=str(signing.folder / "bin"))
    assert done.code == 1
    assert "no signatures found" in done.out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "cosign is not on PATH"),
        (("--digests", "backend=latest"), "write backend=sha256:..."),
        (("--repo", "plataforma"), "--repo owner/name"),
    ],
)
def test_what_can_not_be_verified_is_an_error(project: Path, more: tuple[str, ...], said: str):
    done = verify(project, *more)
    assert done.code == 2
    assert said in done.err


def test_a_service_is_told_its_image(project: Path):
    file = project / "Pulumi.staging.yaml"
    content = yaml.safe_load(file.read_text())
    content["config"]["plataforma:services"]["site"] = {"image": "frontend"}
    file.write_text(yaml.safe_dump(content))
    done = verify(project, "--digests", f"site={DIGEST}")
    assert done.code == 2
    assert "site is a service, whose image is frontend: give frontend=sha256:..." in done.err


def test_a_stack_file_that_builds_names_nothing_to_verify(tmp_path: Path):
    stacks.copy("staging", tmp_path)
    done = verify(tmp_path)
    assert (done.code, "names no digests" in done.err) == (2, True)


def test_the_workflow_that_signs_is_the_one_that_is_trusted():
    """Its job calls a composite action, which runs as a part of the job."""

    def having(text: str) -> list[str]:
        files = sorted((ROOT / ".github").rglob("*.yml"))
        return [str(path.relative_to(ROOT)) for path in files if text in path.read_text()]

    (action,) = having("cosign sign")
    assert having(f"uses: ./{Path(action).parent}") == [SIGNER.partition("@")[0]]
