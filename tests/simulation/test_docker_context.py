"""What an image is built from, and so which images a change builds again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from settings.project import ROOT
from simulation import docker_context

DOCKERFILES = docker_context.dockerfiles(ROOT / "images")
IMAGES = list(DOCKERFILES)


def dockerfile(image: str, root: Path = ROOT) -> Path:
    return root / f"images/Dockerfile.{image}"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contexts of all images, to change."""
    folder = tmp_path_factory.mktemp("clone")
    for image in IMAGES:
        for file in (*docker_context.files(ROOT, dockerfile(image)), *_of(image)):
            copy = folder / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
    return folder


def _of(image: str) -> list[Path]:
    return [dockerfile(image), dockerfile(image).with_suffix(f".{image}.dockerignore")]


def digests(root: Path) -> dict[str, str]:
    return {image: docker_context.digest(root, dockerfile(image, root)) for image in IMAGES}


@pytest.mark.parametrize("image", IMAGES)
def test_a_context_holds_what_its_dockerfile_copies_and_nothing_else(image: str) -> None:
    assert Path(f"{dockerfile(image)}.dockerignore").is_file()
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile(image).read_text(), re.M)
    words = [word for line in lines for word in line.split() if not word.startswith("--")]
    copied = {word.rstrip("/") for word in words}
    sent = [
        path.relative_to(ROOT).as_posix() for path in docker_context.files(ROOT, dockerfile(image))
    ]

    def below(path: str, source: str) -> bool:
        return path == source or path.startswith(f"{source}/")

    assert [source for source in copied if not any(below(path, source) for path in sent)] == []
    assert [path for path in sent if not any(below(path, source) for source in copied)] == []


@pytest.mark.parametrize(
    ("changed", "built"),
    [
        ("api/src/main.ts", {"backend"}),
        ("api/migrations/0001_schema.sql", {"backend"}),
        ("worker/src/main.ts", {"worker"}),
        ("web/src/main.tsx", {"frontend"}),
        ("infra/nginx/frontend.conf", {"frontend"}),
        ("images/healthcheck.js", {"backend", "worker"}),
        ("images/write-files", {"alertmanager", "prometheus"}),
        ("images/Dockerfile.loki", {"loki"}),
        ("monitoring/prometheus/rules/platform.yml", {"prometheus"}),
        ("api/tests/new.test.ts", set[str]()),
        ("api/node_modules/pg/index.js", set[str]()),
        ("api/.env", set[str]()),
        ("README.md", set[str]()),
    ],
)
def test_a_change_builds_the_images_that_hold_it(
    clone: Path, changed: str, built: set[str]
) -> None:
    before = digests(clone)
    file = clone / changed
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as opened:
        opened.write("\n")
    after = digests(clone)
    assert {image for image in IMAGES if before[image] != after[image]} == built


def test_another_mode_builds_again(clone: Path) -> None:
    before = digests(clone)["prometheus"]
    file = clone / "images/write-files"
    file.chmod(0o700)
    changed = digests(clone)["prometheus"]
    file.chmod(0o755)
    assert changed != before == digests(clone)["prometheus"]
