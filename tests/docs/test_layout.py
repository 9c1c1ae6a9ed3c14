"""The shape of the repository: small files, small folders, and layers as they are drawn."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import PurePosixPath

import pytest

from commands.render import layers
from settings.project import ROOT
from tests.support.users_files import is_users

LINES = 400
FILES_A_FOLDER = 15
PICTURE_BYTES = 200_000
PICTURES = {".png", ".svg"}
CODE = {".py", ".ts", ".tsx", ".yml", ".yaml", ".conf", ".css", ".sh"}
# Tables of facts, one row a line, and what a program writes.
LONG = {
    "docker-compose.prod.yml": "one stack: Compose's anchors do not reach over files",
    "monitoring/prometheus/rules/slo-backend.yml": "rendered",
    "monitoring/prometheus/rules/slo-worker.yml": "rendered",
    "tests/settings/broken_configs.yaml": "data: broken configs and their messages",
}
# Folders whose files are pages or data of one kind, named alike.
WIDE = {
    ".": "where tools look for their files",
    "docs/decisions": "one page a decision",
    "docs/runbooks": "one page an alert",
    "images": "a Dockerfile's own .dockerignore has to lie beside it",
    "infra/aws": "rendered, a file for each task definition and stack",
}


def committed() -> list[PurePosixPath]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    return [PurePosixPath(name) for name in done.stdout.split("\0") if (ROOT / name).is_file()]


def is_test(path: PurePosixPath) -> bool:
    return "tests" in path.parts


def test_no_file_is_longer_than_a_reader_can_hold():
    long = {
        str(path): count
        for path in committed()
        if path.suffix in CODE and not path.name.endswith(".generated.ts")
        # Unit tests of rules, as promtool reads them: a file for each file of rules.
        if path.parent != PurePosixPath("monitoring/prometheus/tests")
        if not is_users(ROOT / path)
        if (count := (ROOT / path).read_bytes().count(b"\n")) > LINES
        if str(path) not in LONG
    }
    assert long == {}, f"over {LINES} lines: split them, or say in LONG why not"


def test_no_folder_holds_more_files_than_a_reader_can_survey():
    folders = Counter(str(path.parent) for path in committed() if not is_test(path))
    wide = {f: n for f, n in folders.items() if n > FILES_A_FOLDER and f not in WIDE}
    assert wide == {}, f"over {FILES_A_FOLDER} files: make rooms, or say in WIDE why not"


def test_a_picture_of_a_page_loads_at_once():
    pages = [path for path in committed() if path.parts[0] == "docs"]
    pictures = [path for path in pages if path.suffix in PICTURES]
    assert pictures
    large = [str(path) for path in pictures if (ROOT / path).stat().st_size > PICTURE_BYTES]
    assert large == [], f"over {PICTURE_BYTES} bytes"


@pytest.mark.parametrize("name", [*LONG, *WIDE])
def test_an_exception_is_there(name: str):
    assert (ROOT / name).exists(), f"{name} is gone: remove its row"


def test_the_layers_are_drawn_as_they_are_checked():
    assert {path: path.read_text() for path in layers.rendered()} == layers.rendered(), (
        "run `make layers`"
    )
