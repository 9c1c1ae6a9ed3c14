"""Each decision says when it was taken and whether it still holds, and the index says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from settings.project import ROOT

FOLDER = ROOT / "docs/decisions"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
HEADING = re.compile(r"# (\d+)\. (.+)\n\n")
STATUS = re.compile(
    r"Status: (accepted|superseded by \[\d+\]\((?P<by>[\w-]+\.md)\)), (?P<date>\d{4}-\d\d-\d\d)\.\n"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_has_its_number_a_status_and_a_date(page: Path):
    heading = HEADING.match(page.read_text())
    assert heading is not None
    assert page.name.startswith(f"{int(heading[1]):02d}-")
    status = STATUS.match(page.read_text(), heading.end())
    assert status is not None
    assert status["by"] is None or (FOLDER / status["by"]).exists()


def test_the_index_has_every_decision_with_its_status_and_date():
    index = (FOLDER / "README.md").read_text()
    rows = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (.+) \| (.+) \|$", index, re.MULTILINE)
    assert rows == [row(page) for page in PAGES]


def row(page: Path) -> tuple[str, ...]:
    heading = HEADING.match(page.read_text())
    assert heading is not None
    status = STATUS.match(page.read_text(), heading.end())
    assert status is not None
    return (heading[1], heading[2], page.name, status[1], status["date"])
