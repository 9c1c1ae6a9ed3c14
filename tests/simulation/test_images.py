"""Stacks that build their images: what one changed line builds and rolls.

On the simulated provider, and on the real one with a Docker Engine and a registry where they are
installed: `pulumi-resource-docker` (pulumi-docker 4.11) and `docker-registry` on PATH.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from settings.project import ROOT
from simulation import docker_context
from tests.simulation.test_docker_context import DOCKERFILES, IMAGES, dockerfile
from tests.support.configs import changed
from tests.support.projects import Project, project
from tests.support.real_providers import serve_all_but
from tests.support.registry_server import registry_server

CONFIG: dict[str, Any] = {
    "services.backend.logDriver": "awsfirelens",
    "services.worker.logDriver": "awsfirelens",
    "services.frontend": {
        "image": "frontend",
        "port": 8080,
        "route": {"paths": ["/*"]},
        "scaling": {"min": 1, "max": 2, "cpu": 60},
    },
    "migrations": {"service": "backend", "command": ["node", "dist/migrate.js"]},
    "monitoring": {
        "mode": "self-hosted",
        "alerting": {
            "runbooksUrl": "https://example.com/",
            "grafanaUrl": "https://grafana.staging.example.com",
            "receivers": {"team": {"sns": True}},
            "default": "team",
        },
    },
    "alarms": {"emails": ["platform@example.com"]},
    "secrets.GRAFANA_ADMIN_PASSWORD": "ssm:/plataforma/staging/grafana",
    "secrets.REDIS_PASSWORD": {"secure": "v1:ciphertext"},
}


def made(folder: Path, pulumi: Path, registry: str) -> Project:
    """A stack that builds each image, from the contexts of this project. The Dockerfiles only
    copy: to install packages takes the network, and emulation for another architecture."""
    result = project(folder, pulumi)
    for linked in ("images", "monitoring"):
        (folder / linked).unlink()
    shutil.copytree(ROOT / "monitoring", folder / "monitoring")
    for image in IMAGES:
        for file in (*docker_context.files(ROOT, dockerfile(image)), dockerfile(image)):
            copy = folder / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        shutil.copy2(f"{dockerfile(image)}.dockerignore", folder / "images")
    for file in DOCKERFILES.values():
        copies = re.findall(r"^COPY (?!--from).*$", file.read_text(), re.M)
        copy = folder / file.relative_to(ROOT)
        copy.write_text("\n".join(["FROM scratch", *copies, 'CMD ["none"]', ""]))
    result.write("staging", changed({**CONFIG, "images.registry": f"{registry}/plataforma"}))
    return result


def append_a_line(stack: Project, file: str) -> None:
    with (stack.folder / file).open("a") as opened:
        opened.write("// one line\n")


def digests(stack: Project) -> dict[str, str]:
    root = next(r for r in stack.state("staging") if r["type"] == "pulumi:pulumi:Stack")
    return root["outputs"]["imageDigests"]


ONE_LINE_OF_THE_API = {
    ("Image", "backend", "update"),
    ("TaskDefinition", "backend", "replace"),
    ("Service", "backend", "update"),
    ("TaskDefinition", "migrations", "replace"),
}


def one_changed_line(stack: Project) -> None:
    assert stack.up("staging") == 0, stack.said
    assert stack.changes("staging") == set()
    before = digests(stack)
    assert len(before) == len(IMAGES)
    append_a_line(stack, "api/src/main.ts")
    assert stack.changes("staging") == ONE_LINE_OF_THE_API
    assert stack.up("staging") == 0, stack.said
    after = digests(stack)
    assert {image for image in IMAGES if before[image] != after[image]} == {"backend"}
    assert stack.changes("staging") == set()


def test_one_line_builds_one_image_and_rolls_its_service_alone(
    pulumi_cli: Path, tmp_path: Path
) -> None:
    one_changed_line(made(tmp_path, pulumi_cli, "ghcr.io/acme"))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    with registry_server(tmp_path) as address:
        yield address


@pytest.fixture
def real_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS stays simulated; the engine finds the other provider on PATH."""
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker Engine runs here (docker info)")
    serve_all_but("docker", monkeypatch)


@pytest.mark.needs("pulumi-resource-docker", "docker-registry")
@pytest.mark.usefixtures("real_provider")
def test_the_real_provider_builds_and_rolls_the_same(
    pulumi_cli: Path, tmp_path: Path, registry: str
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    stack = made(folder, pulumi_cli, registry)
    one_changed_line(stack)
    images = [r for r in stack.state("staging") if r["type"] == "docker:index/image:Image"]
    assert len(images) == len(IMAGES)
    for image in images:
        build = image["inputs"]["build"]
        simulated = docker_context.digest(stack.folder, stack.folder / build["dockerfile"])
        assert build["contextDigest"] == simulated
