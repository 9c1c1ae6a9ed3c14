"""Every image tag that is used has a row in image_tags.yml, with its release and what tried it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.tasks.stores import IMAGES as STORES
from settings.project import ROOT
from tests.support.programs import program

TABLE: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "image_tags.yml").read_text()
)
CHECKERS = [(image, name) for image, row in TABLE.items() for name in row.get("checkers", [])]


def in_compose() -> set[str]:
    text = (ROOT / "docker-compose.prod.yml").read_text()
    return set(re.findall(r"\$\{\w+_IMAGE:-([^}]+)\}", text))


def in_dockerfiles() -> set[str]:
    texts = [path.read_text() for path in (ROOT / "images").glob("Dockerfile.*")]
    return {one for text in texts for one in re.findall(r"^ARG \w+_IMAGE=(\S+)$", text, re.M)}


def in_example() -> set[str]:
    text = (ROOT / ".env.production.example").read_text()
    return set(re.findall(r"^\w+_IMAGE=(\S+)$", text, re.M))


def test_the_table_has_the_tags_that_are_used_and_no_other():
    assert set(TABLE) == in_compose() | in_dockerfiles() | set(STORES.values())


def test_the_example_and_the_local_stores_have_the_tags_of_the_compose_file():
    assert in_example() | set(STORES.values()) <= in_compose()


def test_a_row_says_where_its_release_is_written_and_how_it_was_tried():
    keys = {"release", "maintained", "tried"}
    assert [image for image, row in TABLE.items() if not keys <= set(row)] == []
    assert {
        image
        for image, row in TABLE.items()
        if bool(row.get("module")) != bool(row.get("checkers"))
    } == set()


@pytest.mark.parametrize(
    ("image", "name"),
    [pytest.param(image, name, marks=pytest.mark.needs(name)) for image, name in CHECKERS],
)
def test_a_checker_is_of_the_version_of_its_image(image: str, name: str):
    """Go writes a program's main module into it: mod, path and version, between tabs."""
    module, version = TABLE[image]["module"].split()
    built = Path(program(name)).read_bytes()
    assert f"mod\t{module}\t{version}\t".encode() in built
