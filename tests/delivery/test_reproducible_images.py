"""Two builds of the same sources deploy nothing, though neither machine has the other's cache.

With BuildKit's daemon (`buildkitd` on PATH, of the version that the workflows name), Buildx, a
registry, and the base images of the Docker Engine. What is built is this machine's architecture.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.delivery.stack import run
from tests.support.registry_server import registry_server
from tests.support.waiting import until
from tests.walkthrough import clone as clones
from tests.walkthrough.clone import Clone

APPLICATIONS = ("backend", "frontend", "worker")
ARCHITECTURES = {"aarch64": "arm64", "x86_64": "amd64"}
STACK = "Pulumi.staging.yaml"


def said(*command: str, **options: Any) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    with registry_server(tmp_path) as address:
        yield address


@pytest.fixture
def bases(registry: str) -> dict[str, str]:
    """The arguments of the Dockerfiles: each base image, copied from the engine's."""
    named = dict[str, str]()
    for name in APPLICATIONS:
        text = (clones.ROOT / f"images/Dockerfile.{name}").read_text()
        named |= dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", text, re.MULTILINE))
    copies = {key: f"{registry}/base/{key.lower()}:1" for key in named}
    for key, image in named.items():
        if subprocess.run(["docker", "tag", image, copies[key]], check=False).returncode:
            pytest.skip(f"no Docker Engine runs here that has {image}")
        said("docker", "push", "--quiet", copies[key])
        said("docker", "image", "rm", copies[key])
    return copies


@contextmanager
def builder(folder: Path, registry: str) -> Generator[str]:
    """A new machine: a builder that has built nothing yet."""
    folder.mkdir()
    file, socket = folder / "buildkitd.toml", f"unix://{folder}/buildkitd.sock"
    file.write_text(f'[worker.containerd]\nenabled = false\n[registry."{registry}"]\nhttp = true\n')
    command = ["buildkitd", f"--config={file}", f"--root={folder}/root", f"--addr={socket}"]
    name = f"plataforma-{folder.name}-{os.getpid()}"
    with (folder / "log").open("w") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until((folder / "buildkitd.sock").exists, "the builder listens")
        said("docker", "buildx", "create", "--name", name, "--driver", "remote", socket)
        yield name
    finally:
        subprocess.run(["docker", "buildx", "rm", "--force", name], check=False)
        daemon.terminate()
        daemon.wait()


@pytest.fixture
def clone(tmp_path: Path, registry: str) -> Clone:
    """Its staging runs the applications alone, whose images it builds."""
    made = clones.make(tmp_path / "runner")
    content = yaml.safe_load((made.path / STACK).read_text())
    config = content["config"]
    del config["plataforma:monitoring"]
    for service in config["plataforma:services"].values():
        service.pop("logDriver", None)
    config["plataforma:images"] = {"registry": f"{registry}/plataforma", "build": True}
    (made.path / STACK).write_text(yaml.safe_dump(content))
    made.commit("applications alone")
    return made


def other_machine(clone: Clone, folder: Path) -> Clone:
    """Another checkout, whose files are younger."""
    said("git", "clone", "--quiet", str(clone.path), str(folder / "plataforma"))
    return Clone(folder / "plataforma", folder)


def deployed(
    clone: Clone, builder: str, bases: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The digests that the pipeline's steps write into the stack file: job push-images."""
    monkeypatch.chdir(clone.path)
    images = ("images", "--stack", "staging", "--project", str(clone.path))
    made = run([*images, "--bake", "bake.json", "--push"])
    assert made.code == 0, made.said
    settings = {"platform": f"linux/{ARCHITECTURES[platform.machine()]}"}
    settings |= {f"args.{key}": image for key, image in bases.items()}
    said(
        *("docker", "buildx", "bake", f"--builder={builder}", "--file=bake.json"),
        *(f"--set=*.{key}={value}" for key, value in settings.items()),
        "--metadata-file=metadata.json",
    )
    assert run([*images, "--metadata", "metadata.json"]).code == 0
    content = yaml.safe_load((clone.path / STACK).read_text())
    clone.git("checkout", "--quiet", STACK)
    return content["config"]["plataforma:images"]["digests"]


@pytest.mark.needs("buildkitd", "docker-registry")
def test_the_same_sources_deploy_the_same_images(
    clone: Clone,
    registry: str,
    bases: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with builder(tmp_path / "one", registry) as name:
        first = deployed(clone, name, bases, monkeypatch)
    assert set(first) == set(APPLICATIONS)
    clone.change(clone.head, "README.md", "#", "# A")
    other = other_machine(clone, tmp_path / "other")
    with builder(tmp_path / "two", registry) as name:
        assert deployed(other, name, bases, monkeypatch) == first
        other.change(other.head, "worker/src/main.ts", "\n", "\nconsole.debug(0);\n")
        third = deployed(other, name, bases, monkeypatch)
    assert {image for image in first if third[image] != first[image]} == {"worker"}
