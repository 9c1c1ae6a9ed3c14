"""The threat model names each path to each asset once, and tests that exist."""

from __future__ import annotations

import re

import pytest

from settings.project import ROOT

PAGE = (ROOT / "docs/threat-model.md").read_text()
PATHS = ("fork", "pushed branch", "label", "cache", "dependency", "action", "review")
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def assets() -> list[str]:
    table = PAGE.partition("## What is to be protected")[2].partition("##")[0]
    return re.findall(r"^\| (?!Asset|-)(.+?) \|", table, re.MULTILINE)


def rows(section: str) -> list[list[str]]:
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def test_each_path_is_there():
    headings = re.findall(r"^### From (.+)$", PAGE, re.MULTILINE)
    assert len(headings) == len(PATHS)
    for path, heading in zip(PATHS, headings, strict=True):
        assert path in heading


@pytest.mark.parametrize("path", PATHS)
def test_each_asset_has_one_row_on_each_path(path: str):
    (section,) = re.findall(rf"^### From [^\n]*{path}[^\n]*\n(.*?)(?=^##)", PAGE, re.M | re.S)
    found = [asset for row in rows(section) for asset in row[0].split(", ")]
    assert sorted(found) == sorted(assets())
    for to, stops, held in rows(section):
        assert stops, to
        assert held.startswith(("`tests/", "by GitHub")), to


def test_the_named_tests_exist():
    assert len(TESTS) > 20
    missing = [
        f"{file}::{name}"
        for file, name in TESTS
        if not re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE)
    ]
    assert missing == []
